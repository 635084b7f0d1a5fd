/* Opens a hotkey of a wallet and says who it is:
 *
 *   node wallet.mjs ROOT [NAME [HOTKEY]]
 *
 * The password of an encrypted one comes from the environment variable LTN_PASSWORD. With a ROOT that has
 * no such key yet, a fresh one is written. */
import { LtnError, Signer, generateSeed, writeWallet } from 'ltn';

const [root, name = 'default', hotkey = 'default'] = process.argv.slice(2);
if (root === undefined) {
  console.error('usage: wallet.mjs ROOT [NAME [HOTKEY]]');
  process.exit(2);
}

const wallet = {
  root,
  name,
  hotkey,
  /* Asked only for a file that is encrypted. */
  ask: async (path) => {
    if (process.env.LTN_PASSWORD === undefined) throw new Error(`no LTN_PASSWORD for ${path}`);
    return process.env.LTN_PASSWORD;
  },
};
let signer;
try {
  signer = await Signer.fromWallet(wallet);
} catch (error) {
  if (!(error instanceof LtnError) || error.code !== 'IO') throw error;
  const seed = generateSeed();
  await writeWallet(wallet, seed);
  seed.fill(0);
  signer = await Signer.fromWallet(wallet);
  console.log('written');
}
if (signer.warning) console.error(signer.warning);
console.log(signer.hotkey);
