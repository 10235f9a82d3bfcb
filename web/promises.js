/** `Promise.withResolvers`, which the oldest of our browsers do not have. */

/** @returns {PromiseWithResolvers<any>} */
export function resolvers() {
  /** @type {Partial<PromiseWithResolvers<any>>} */
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return /** @type {PromiseWithResolvers<any>} */ (made);
}
