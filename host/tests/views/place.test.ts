// Files are drawn as a reader knows them.
import { expect, test } from "vitest";
import { place } from "spoor/views/place";

test.each([
  ["shop/cart.py", 3, "shop/cart.py:3"],
  ["/usr/lib/python3.12/json/__init__.py", 299, "json/__init__.py:299"],
  ["/home/me/v/lib/python3.12/site-packages/flask/app.py", 1, "flask/app.py:1"],
  ["venv/lib/python3.12/site-packages/flask/app.py", null, "flask/app.py"],
  ["/usr/lib/python3/dist-packages/apt.py", 2, "apt.py:2"],
  ["/opt/tools/run.py", 9, "/opt/tools/run.py:9"],
  ["<string>", 1, "<string>:1"],
])("%s:%s is drawn as %s", (file, line, shown) => {
  expect(place(file, line)).toBe(shown);
});
