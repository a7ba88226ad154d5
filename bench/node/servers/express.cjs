// Hello from express: a middleware and a handler around six calls of its own.
const express = require("express");
const { Greeter } = require("./greeting.cjs");

exports.start = function start() {
  const app = express();
  const greeter = new Greeter("en");
  let requests = 0;
  app.use((request, response, next) => {
    response.set("x-request", String(++requests));
    next();
  });
  app.get("/hello/:name", (request, response) => {
    response.json(greeter.greet(request.params.name));
  });
  return new Promise((resolve) => {
    const server = app.listen(0, "127.0.0.1", () => resolve(server.address().port));
  });
};
