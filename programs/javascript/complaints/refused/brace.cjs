function f(x) { return g(x) } f(1); }
