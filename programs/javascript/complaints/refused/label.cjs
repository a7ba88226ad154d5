function f(x) { while (f(x)) { break missing } } f(1);
