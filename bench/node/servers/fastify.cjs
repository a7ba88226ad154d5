// Hello from fastify: a hook and a handler around six calls of its own.
const fastify = require("fastify");
const { Greeter } = require("./greeting.cjs");

exports.start = async function start() {
  const app = fastify();
  const greeter = new Greeter("en");
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request", request.id);
    done();
  });
  app.route({ method: "GET", url: "/hello/:name", handler: hello });
  async function hello(request) {
    return greeter.greet(request.params.name);
  }
  await app.listen({ port: 0, host: "127.0.0.1" });
  return app.server.address().port;
};
