// A name that is declared twice.
function f(x) { return x.y } let a = f({}); let a = f(2);
