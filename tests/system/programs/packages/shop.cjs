// A web shop on express that asks itself everything express can be asked, and prints each answer. What differs from one run to
// the next (dates, ports, identifiers of sessions) is left out.
const http = require("node:http");
const path = require("node:path");
const express = require("express");
const cookieParser = require("cookie-parser");

const folder = path.join(__dirname, "pages");
const app = express();
app.set("views", folder).set("view engine", "ejs").set("json spaces", 1).set("case sensitive routing", true);
app.set("trust proxy", (address, hop) => hop < 2);
app.engine("txt", (file, options, done) => done(null, `${path.basename(file)} for ${options.name}`));
app.locals.shop = "tea";

app.use((request, response, next) => {
  response.locals.started = request.method;
  next();
});
app.use(cookieParser("a key"));
app.use(express.json({ limit: "1kb", strict: false }), express.urlencoded({ extended: true }), express.text(), express.raw());
app.use("/files", express.static(folder, { index: ["list.html"], setHeaders: (response) => response.set("X-Static", "1") }));

app.param("item", async (request, response, next, name) => {
  await null;
  if (name === "none") return next("route");
  if (name === "bad") return next(Object.assign(new Error("bad item"), { status: 418 }));
  request.item = { name, price: name.length };
  next();
});

const items = express.Router({ mergeParams: true, strict: true });
items.use((request, response, next) => (request.query.stop ? next("router") : next()));
items
  .route("/:item")
  .all((request, response, next) => next())
  .get((request, response) => response.json({ ...request.item, at: request.baseUrl, params: request.params }))
  .put((request, response) => response.status(201).location(`/items/${request.item.name}`).send(request.body))
  .delete((request, response) => response.sendStatus(204));
items.get("/{:rest}", (request, response) => response.type("text").send(`no item ${request.params.rest}`));
app.use("/:shop/items", (request, response, next) => items(request, response, next));
app.param("item", (request, response, next) => next());
items.param("item", (request, response, next, name) => {
  request.item = { name, price: name.length };
  next(name === "none" ? "route" : name === "bad" ? Object.assign(new Error("bad item"), { status: 418 }) : undefined);
});

app.get("/item/:item", (request, response) => response.jsonp(request.item));
app.get(/^\/wild(\d+)$/, (request, response) => response.send(request.params));
app.get("/page/:name", (request, response) => response.render(request.params.name, { name: request.params.name }));
app.get("/text", (request, response) => response.render("note.txt", { name: "Ada" }));
app.get("/file", (request, response, next) => response.sendFile("list.html", { root: folder }, (error) => error && next(error)));
app.get("/gone", (request, response, next) => response.sendFile("nowhere", { root: folder }, next));
app.get("/down", (request, response) => response.download(path.join(folder, "list.html"), "shopping list.html"));
app.get("/go", (request, response) => response.redirect(request.query.code ? Number(request.query.code) : 302, "/file?x=<1>"));
app.get("/cookies", (request, response) => {
  response.cookie("signed", { a: 1 }, { signed: true, httpOnly: true, sameSite: "lax" }).cookie("plain", "x y", { path: "/p" });
  response.clearCookie("old").send({ plain: request.cookies, signed: request.signedCookies });
});
app.get("/about", (request, response) =>
  response.send({
    accepts: [request.accepts("json", "html"), request.acceptsCharsets("utf-8"), request.acceptsEncodings("gzip"), request.acceptsLanguages("de", "en")],
    is: request.is("json"), ip: request.ips, host: request.hostname, secure: request.secure, xhr: request.xhr, sub: request.subdomains,
    range: request.range(100), fresh: request.fresh, path: request.path, query: request.query, header: request.get("X-Header"),
  }),
);
app.get("/format", (request, response) =>
  response.format({ text: () => response.send("text"), html: () => response.send("<p>"), default: () => response.sendStatus(406) }),
);
app.get("/headers", (request, response) => {
  response.append("Link", "<a>").append("Link", "<b>").links({ next: "/n" }).vary("Accept").attachment("a.csv").set({ "X-A": "1" });
  response.status(203).end(response.get("X-A"));
});
app.get("/throws", () => {
  throw new RangeError("thrown");
});
app.get("/rejects", async () => {
  await null;
  throw Object.assign(new Error("rejected"), { statusCode: 503, expose: true, headers: { "Retry-After": "1" } });
});
app.get("/caught", (request, response, next) => next(new TypeError("passed on")));
app.post("/echo", (request, response) => response.send(Buffer.isBuffer(request.body) ? request.body.toString("hex") : request.body));
const admin = express();
admin.on("mount", (parent) => console.log("mounted", parent === app, admin.path()));
admin.get("/", (request, response) => response.send(`${admin.mountpath} ${request.app.path()} ${admin.get("view engine")}`));
app.use("/admin", admin);
app.use((error, request, response, next) => {
  if (!(error instanceof TypeError)) return next(error);
  response.status(500).send(`${error.name}: ${error.message}, ${response.locals.started}`);
});
// The default handler writes what it was given, which is what is wanted.
app.set("env", "test");

function ask(port, [method, url, headers = {}, body]) {
  return new Promise((resolve, reject) => {
    const request = http.request({ port, method, path: url, headers: { Host: "shop.example.com", ...headers } }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part)).on("end", () => {
        const { date, "last-modified": modified, connection, "keep-alive": alive, etag, ...told } = response.headers;
        const text = Buffer.concat(parts).toString().replaceAll(/ at .*(?:<br>|$)/gm, "at…").replaceAll(__dirname, "…");
        resolve(`${method} ${url}\n${response.statusCode} ${JSON.stringify(told)} ${Boolean(etag)}\n${text}`);
      });
    });
    request.on("error", reject).end(body);
  });
}

const json = { "Content-Type": "application/json" };
const asked = [
  ["GET", "/tea/items/cup?x[y]=1"], ["GET", "/tea/items/none"], ["GET", "/tea/items/bad"], ["GET", "/tea/items/cup?stop=1"],
  ["PUT", "/tea/items/pot", json, '{"price":2}'], ["PUT", "/tea/items/pot", json, '{"price":'], ["DELETE", "/tea/items/pot"],
  ["PATCH", "/tea/items/pot"], ["OPTIONS", "/tea/items/pot"], ["HEAD", "/file"], ["GET", "/item/spoon?callback=f"],
  ["GET", "/item/none"], ["GET", "/item/bad"], ["GET", "/wild12"], ["GET", "/wildx"], ["GET", "/page/list"], ["GET", "/page/none"],
  ["GET", "/text"], ["GET", "/file"], ["GET", "/file", { Range: "bytes=0-4" }], ["GET", "/file", { Range: "bytes=9999-" }], ["GET", "/gone"],
  ["GET", "/down"], ["GET", "/go"], ["GET", "/go?code=301", { Accept: "text/html" }], ["GET", "/cookies", { Cookie: "plain=1; j=j%3A%7B%22a%22%3A1%7D" }],
  ["GET", "/about?a=1&b[]=2", { Accept: "text/html", "Accept-Language": "en", "X-Header": "y", "X-Forwarded-For": "1.1.1.1, 2.2.2.2", Range: "bytes=0-5,8-9" }],
  ["GET", "/format", { Accept: "text/html" }], ["GET", "/format", { Accept: "image/png" }], ["GET", "/headers"], ["GET", "/throws"], ["GET", "/rejects"],
  ["GET", "/caught"], ["POST", "/echo", { "Content-Type": "text/plain" }, "words"], ["POST", "/echo", json, "3"],
  ["POST", "/echo", { "Content-Type": "application/octet-stream" }, "bytes"], ["POST", "/echo", json, `"${"x".repeat(2000)}"`],
  ["POST", "/echo", { "Content-Type": "application/x-www-form-urlencoded" }, "a[b]=1&c=2&c=3"], ["GET", "/admin"], ["GET", "/files/"],
  ["GET", "/files/list.html"], ["GET", "/files/../shop.cjs"], ["GET", "/files/none"], ["GET", "/FILE"], ["GET", "/%E0%A4%A"],
];

const server = app.listen(0, async () => {
  for (let round = 0; round < 3; round++) {
    const answers = [];
    for (const each of asked) answers.push(await ask(server.address().port, each));
    if (round === 0) console.log(answers.join("\n\n"));
  }
  server.close(() => console.log("closed"));
});
