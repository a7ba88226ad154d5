function f(x) { return x.y } let a = f({}); let a = f(2);
