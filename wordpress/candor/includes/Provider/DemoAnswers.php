<?php

namespace Candor\Provider;

/** What the demo says. */
final class DemoAnswers
{
    /** Words that ask for a topic, and its answer. The first that fits is taken. */
    private const TOPICS = [
        [['child seat', 'brompton'], self::SEATS],
        [['saturday', 'book'], self::BOOKING],
        [['winter', 'service'], self::SERVICE],
        [['refund'], self::REFUND],
        [['helmet'], self::HELMETS],
        [['long story', 'long answer', 'slow'], self::STORY],
        [['embed', 'install', 'script', 'wordpress', 'website', 'my site'], self::EMBED],
        [['fail', 'error', 'wrong', 'diagnos', 'scope'], self::FAILURES],
        [['code', 'rust', 'javascript', 'program'], self::CODE],
        [['markdown', 'format', 'table', 'list'], self::MARKDOWN],
        [['key', 'openai', 'model', 'provider', 'real'], self::PROVIDER],
        [['cookie', 'privacy', 'token', 'data', 'history'], self::PRIVACY],
        [['thank', 'great', 'nice'], self::THANKS],
        [['hello', 'hi ', 'hi!', 'hey', 'good morning', 'good evening'], self::HELLO],
    ];

    private const SEATS = <<<'MD'
Yes. Two seats fit a Brompton:

- **Pere**, up to 25 kg, behind the stem
- **IT Chair**, up to 20 kg, folds with the bike

Fitting takes 20 minutes and costs £15.
MD;

    private const BOOKING = <<<'MD'
Saturday has room at **10:30** and **14:00**. Fitting takes 20 minutes; you can wait with a coffee.
MD;

    private const SERVICE = <<<'MD'
The full service is **£89** and takes two days. It covers brakes, gears, bearings and both wheels.
MD;

    private const REFUND = <<<'MD'
Refunds reach your card within *five working days*. You need not send the box back.
MD;

    private const HELMETS = <<<'MD'
Measure around your forehead, 2 cm above the brows:

| Size | Centimetres |
| --- | ---: |
| S | 51 to 55 |
| M | 55 to 59 |
| L | 59 to 63 |
MD;

    private const HELLO = <<<'MD'
Hello, and welcome. I am a **demo** that lives inside this site, so I need no key and cost nothing. Ask me how to *embed* this chat, or send `fail: missing scopes` to see an error told plainly.
MD;

    private const OTHERWISE = <<<'MD'
I am the built-in **demo**, so my knowledge is small. What I can show you:

- **Streaming**: this answer arrives word by word. Press *Stop* at any time.
- **Failures**: send `fail: missing scopes`, `fail: rate limit` or `fail: broken stream`, then open the *Diagnostics* tab.
- **Embedding**: ask me how to embed this chat.

A real model answers as soon as the site has a key; see [the documentation](https://platform.openai.com/docs) of your provider.
MD;

    private const EMBED = <<<'MD'
In WordPress there are three ways:

1. Put the shortcode `[candor]` on a page.
2. Add the block **Candor chat** in the editor.
3. Turn on **Show on every page** in Candor’s settings.

The page’s own styles **cannot** reach into the chat, and the chat’s cannot leak out.
MD;

    private const FAILURES = <<<'MD'
When something fails, you keep your words and get *one honest sentence*. The details stand in the **Diagnostics** tab.

Try one of these:

- `fail: missing scopes`
- `fail: invalid key`
- `fail: rate limit`
- `fail: firewall`
- `fail: broken stream`
- `fail: timeout`

Each is answered just as a real provider would answer it.
MD;

    private const CODE = <<<'MD'
Here is a small program in Rust:

```rust
fn main() {
    let words = ["plain", "honest", "kind"];
    for word in words {
        println!("An error should be {word}.");
    }
}
```

It prints **three lines**. Run it with `cargo run`.
MD;

    private const MARKDOWN = <<<'MD'
Answers are Markdown. For instance **bold**, *emphasis*, `code`, and a [link](https://commonmark.org/help/).

- A list has points,
- and points can be
  - nested.

| Element | Written as |
| --- | --- |
| bold | `**bold**` |
| code | `` `code` `` |

> A quotation stands apart.
MD;

    private const PROVIDER = <<<'MD'
To answer with a real model, open **Candor → Connection** in WordPress, choose a provider and paste a key.

Any **OpenAI-compatible** API will do. The key stays on the server: no browser ever sees it.
MD;

    private const PRIVACY = <<<'MD'
**No cookie** is set or needed. Your browser holds a random token, and the site keeps only its hash.

You can rename or delete your conversations in the *History* tab.
MD;

    private const THANKS = <<<'MD'
You’re welcome. If you are curious, try `fail: missing scopes` and open **Diagnostics**.
MD;

    /** Long enough to press Stop. */
    private const STORY = <<<'MD'
**The lighthouse that told the truth**

There was once a lighthouse on a cape where three seas met, and it had a keeper called Ada. Other lighthouses of that coast had a habit that nobody had ever questioned. When their lamp went out, for want of oil or because a wick had broken, they hung out a painted board that said *All is well, please try again later*. The captains read the board, waited a little, and ran aground.

Ada thought about this for a whole winter. When spring came she took down her painted board and put up three small lanterns in its place, a white one, a yellow one and a red one, and beside each she fixed a slate and a piece of chalk.

When the lamp burned as it should, the white lantern burned too, and the slate was empty, since there was nothing to say. When the oil ran low, she lit the yellow one and wrote on its slate how many hours were left. And when the lamp was out, she lit the red one and wrote down just what had happened: *the wick is broken; a new one comes with the morning boat; keep two miles off until then.*

The other keepers laughed. A captain, they said, wants to see a light and nothing else. He has no use for wicks and boats. If you tell him what is broken, he will think that your lighthouse is worse than ours, and sail past.

The first captain who saw the red lantern was an old man with a ship full of oranges. He read the slate through his glass, nodded, kept two miles off, and came into harbour the next day with every orange whole. He walked up the hill and shook Ada’s hand. In forty years, he said, no lighthouse had ever told him why.

The second was a young woman who had never sailed that coast before. She could not read the slate at first, for the chalk had run in the rain, so she hailed the tower, and Ada read it out to her through the speaking trumpet, word for word, and then once more in plainer words. *The first is for whoever repairs it,* she explained, *and the second is for you.* The young woman thanked her and turned the wheel.

By summer the captains had begun to ask the other keepers about their boards. What does *later* mean? they asked. Is it the oil, or the wick, or the glass? Who can mend it, and is it safe to wait here? The keepers had no answer, because they had never looked. They had a board for every trouble, and it was always the same one.

One night in autumn a storm came up from all three seas at once. In the tower to the north the lamp went out, and the keeper hung out his board. In the tower to the south the lamp went out as well, and that keeper too hung out his board. On the cape, the wind broke a pane and Ada’s lamp went out with the rest.

She lit the red lantern. Her hand shook a little, but she wrote clearly: *a pane is broken; I have glass and putty; the light will be back within the hour; the channel to the east is clear.* Eleven ships lay out there in the dark. All eleven read it, and all eleven took the channel to the east, one behind the other, like ducks.

Within the hour the light was back. In the morning the eleven captains climbed the hill together, and the keepers from the north and from the south came too, rather quietly, with their boards under their arms. They asked whether there was any red paint left.

Ada gave them chalk. Paint, she told them, says the same thing every day. *What you want is something that you have to write afresh each time, because then you must first go and look.*

And that is why, on that coast, the lamps still fail now and then, as lamps do everywhere, and why no ship has run aground there since. If you have read as far as this, you have let the whole story arrive. The **Stop** button would have ended it at any word, and kept what you had.
MD;

    /** An answer that has something to do with the message. */
    public static function answer(string $message): string
    {
        $message = mb_strtolower($message);
        foreach (self::TOPICS as [$words, $answer]) {
            foreach ($words as $word) {
                if (mb_strpos($message, $word) !== false) {
                    return $answer;
                }
            }
        }
        return self::OTHERWISE;
    }
}
