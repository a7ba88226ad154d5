// Code that is made while the program runs is not recorded, and is told as a gap; what it calls of the program's is.
const vm = require("node:vm");

function own(n) {
  return n + 1;
}

function runs() {
  const direct = eval("own(1)");
  const indirect = new Function("own", "return own(2)")(own);
  const script = vm.runInNewContext("own(3)", { own });
  const inThis = new vm.Script("own => own(4)").runInThisContext()(own);
  return [direct, indirect, script, inThis];
}

console.log(runs());
