// A pattern that is not closed.
function f(x) { return f(1) + /(?<a>x)(?<a>/.test(x) } f(1);
