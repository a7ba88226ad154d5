function triple(n) {
  return n * 3;
}

console.log(triple(Number(process.argv[2])));
