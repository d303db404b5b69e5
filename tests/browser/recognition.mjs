// A stand-in for the browser's recognition of speech.

/** A recognition that hears what `hear` says, as https://webaudio.github.io/web-speech-api/#speechreco-section has it. */
export const fakeRecognition = () => {
  window.recognitions = [];
  class SpeechRecognition {
    constructor() {
      window.recognitions.push(this);
    }

    start() {
      this.isOn = true;
    }

    stop() {
      this.isOn = false;
      if (window.last) window.hear(...window.last);
      this.onend?.();
    }

    abort() {
      this.isOn = false;
      this.onerror?.({ error: 'aborted' });
      this.onend?.();
    }
  }
  for (const name of ['SpeechRecognition', 'webkitSpeechRecognition']) Object.defineProperty(window, name, { value: SpeechRecognition });
  window.hear = (...transcripts) => window.recognitions.at(-1).onresult({ results: transcripts.map((transcript) => [{ transcript }]) });
};
