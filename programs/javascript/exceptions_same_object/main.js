// One error object that is thrown again and again is one exception.

const error = new Error("same");

function raises() {
  throw error;
}

function twice() {
  for (let i = 0; i < 2; i++) {
    try {
      raises();
    } catch (caught) {
      if (i === 1) return caught === error;
    }
  }
}

console.log(twice());
