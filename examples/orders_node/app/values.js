// What comes from outside, checked before it is used.
const ID = /^[0-9A-Za-zÀ-ɏ][0-9A-Za-zÀ-ɏ_.~+ -]{0,63}$/;

/** Parse a JSON object; anything else, text that is not UTF-8 included, gives undefined. */
export function parse(bytes) {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isId(value) {
  return typeof value === "string" && ID.test(value);
}

/** Text of 1 to `longest` characters; half of a surrogate pair is none: no store keeps it. */
export function isText(value, longest) {
  return typeof value === "string" && value !== "" && [...value].length <= longest && !/\p{Surrogate}/u.test(value);
}

/** What JSON numbers hold exactly (RFC 8259, section 6). */
export function isWhole(value) {
  return Number.isSafeInteger(value) && value >= 0;
}
