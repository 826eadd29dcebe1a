/** As Go's `%g` writes a number: the shortest that is it, with an exponent from a million on. */
export function goFloatText(value: number, bits: 32 | 64): string {
  if (Number.isNaN(value)) return "NaN";
  const rounded = bits === 32 ? Math.fround(value) : value;
  const sign = rounded < 0 || Object.is(rounded, -0) ? "-" : "";
  if (!Number.isFinite(rounded)) return sign === "" ? "+Inf" : "-Inf";
  const size = Math.abs(rounded);
  const [mantissa = "", power = ""] = (bits === 32 ? shortest32(size) : size.toExponential()).split("e");
  const digits = mantissa.replace(".", "").replace(/(?<=.)0+$/, "");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 6) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const fraction = digits.slice(exponent + 1);
  return `${sign}${digits.slice(0, exponent + 1).padEnd(exponent + 1, "0")}${fraction === "" ? "" : `.${fraction}`}`;
}

/** With as few digits as tell it from its neighbours of 32 bits. */
function shortest32(value: number): string {
  for (let digits = 0; digits < 9; digits++) {
    const text = value.toExponential(digits);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toExponential(9);
}
