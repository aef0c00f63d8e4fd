// Reads what callgrind has counted (the "Callgrind format specification" of Valgrind's manual).

/** What it has to be told, to write what is read here. */
export const FORMAT = [
  '--compress-strings=no',
  '--compress-pos=no',
  '--dump-line=no',
  '--demangle=no',
];

/**
 * Adds up the instructions of the functions that count, without those of what they call.
 * @param {string} profile
 * @param {(object: string, name: string) => boolean} counts object: the file a function was loaded from
 * @returns {{trigger: string, instructions: number}} trigger: the name the program gave the profile
 */
export function sumInstructions(profile, counts) {
  let trigger = '';
  let object = '';
  let counted = false;
  let instructions = 0;
  let ofCallee = false;
  for (const line of profile.split('\n')) {
    const [, key, value] = /^(ob|fn|calls|desc: Trigger)[=:] ?(.*)$/.exec(line) ?? [];
    if (key === 'desc: Trigger') trigger = value.replace('Client Request: ', '');
    else if (key === 'calls') ofCallee = true;
    else if (key === 'ob') object = value;
    // Recursion of a function is counted under its name and a number.
    else if (key === 'fn') counted = counts(object, value.replace(/'\d+$/, ''));
    else if (/^\d+ \d+$/.test(line)) {
      if (counted && !ofCallee) instructions += Number(line.split(' ')[1]);
      ofCallee = false;
    }
  }
  return { trigger, instructions };
}
