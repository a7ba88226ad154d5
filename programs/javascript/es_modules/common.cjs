"use strict";

exports.whole = (n) => n + 1;
exports.named = function named(n) {
  return this === undefined ? n : -n;
};
