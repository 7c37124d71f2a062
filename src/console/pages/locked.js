// A locked machine: look now and then whether somebody has unlocked it, and go on where the browser was.
const LOOK_MS = 3000;

async function look() {
  try {
    const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(2000) });
    if (answer.ok && !(await answer.json()).locked) {
      if (location.pathname === "/locked") location.replace("/");
      else location.reload();
      return;
    }
  } catch {
    // it starts anew, or is switched off
  }
  setTimeout(look, LOOK_MS);
}

setTimeout(look, LOOK_MS);
