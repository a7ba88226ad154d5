// Says hello, as CommonJS: a start that is measured.
console.log("hello");
