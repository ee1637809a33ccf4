// CANARY-rollup-map: "quotes" \ back\slash, tab	, é ✓ 😀
const value = 'CANARY-rollup-map-value';

/** Greets whoever is named. */
function greet(name) {
	return value + ': ' + name + '\n';
}

// CANARY-rollup-map: "quotes" \ back\slash, tab	, é ✓ 😀

const tag = 'CANARY-rollup-map-value index';

console.log(greet(tag));

export { tag };
//# sourceMappingURL=main.mjs.map
