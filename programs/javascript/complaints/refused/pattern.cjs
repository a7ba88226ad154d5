function f(x) { return f(1) + /(?<a>x)(?<a>/.test(x) } f(1);
