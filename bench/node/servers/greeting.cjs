// What both servers say hello with: code as small services have it, six calls a request.
const titles = new Map([
  ["ada", "Countess"],
  ["grace", "Admiral"],
]);

class Greeter {
  constructor(language) {
    this.language = language;
    this.count = 0;
  }

  greet(name) {
    this.count += 1;
    const person = personOf(clean(name));
    return { message: sentence(person), person, count: this.count };
  }
}

function clean(name) {
  return name.trim().toLowerCase();
}

function personOf(name) {
  return { name: capital(name), title: titles.get(name) ?? null, length: name.length };
}

function capital(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function sentence({ name, title }) {
  return title === null ? `Hello, ${name}!` : `Hello, ${title} ${name}!`;
}

exports.Greeter = Greeter;
