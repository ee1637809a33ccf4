// Tries one way, and says what came of it. Nothing ends the program but its last line.
// GOT is what no sandbox may allow; MAY, from `may`, is what may work where it reaches nothing but its own.
const aim = JSON.parse(require('fs').readFileSync(__dirname + '/aim.json', 'utf8'));
const limit = (promise, ms) =>
  Promise.race([promise, new Promise((_, no) => setTimeout(() => no(new Error('took too long')), ms))]);
const tries = (word) => async (name, work, ms = 3000) => {
  try {
    const got = await limit(Promise.resolve().then(work), ms);
    console.log(`${word} ${name}: ${String(got).slice(0, 1500)}`);
  } catch (error) {
    console.log(`no ${name}: ${error.cause?.code || error.code || error.message}`.slice(0, 300));
  }
};
module.exports = { aim, way: tries('GOT'), may: tries('MAY') };
