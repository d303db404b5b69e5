/* A tone for what has come while nobody looks. */

/** Two notes, in hertz, each so long, in seconds, and how loud, of 1. */
const NOTES_HZ = [660, 880];
const NOTE_S = 0.12;
const LOUDNESS = 0.08;

/** Plays a tone when an answer has come while the chat is closed or its page is not seen, where the page wants that. No file is fetched
    for it. */
export const playOnDemand = (panel, signal) => {
  if (!('sound' in panel.getRootNode().host.dataset) || !self.AudioContext) return;
  let audio;
  // Browsers let a page sound once somebody has done something, and Safari only what was made then.
  const wake = () => {
    audio ??= new AudioContext();
    if (audio.state == 'suspended') audio.resume().catch(() => {});
  };
  for (const name of ['click', 'keydown']) panel.addEventListener(name, wake, { signal });
  const play = () => {
    if ((!panel.hidden && !document.hidden) || audio?.state != 'running') return;
    NOTES_HZ.forEach((hertz, at) => {
      const [tone, volume] = [audio.createOscillator(), audio.createGain()];
      const begin = audio.currentTime + at * NOTE_S;
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(LOUDNESS, begin);
      volume.gain.exponentialRampToValueAtTime(0.0001, begin + NOTE_S);
      tone.connect(volume).connect(audio.destination);
      tone.start(begin);
      tone.stop(begin + NOTE_S);
    });
  };
  panel.addEventListener('candor-reply', play, { signal });
  signal.addEventListener('abort', () => audio?.close());
};
