// CANARY-rollup-hidden: "quotes" \ back\slash, tab	, é ✓ 😀
const value = 'CANARY-rollup-hidden-value';

/** Greets whoever is named. */
function greet(name) {
	return value + ': ' + name + '\n';
}

// CANARY-rollup-hidden: "quotes" \ back\slash, tab	, é ✓ 😀

const tag = 'CANARY-rollup-hidden-value index';

console.log(greet(tag));

export { tag };
