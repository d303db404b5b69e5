//! What the demo says.

/// An answer that has something to do with the message.
pub fn answer(message: &str) -> &'static str {
    let message = message.to_lowercase();
    TOPICS
        .iter()
        .find(|(words, _)| words.iter().any(|word| message.contains(word)))
        .map_or(DEFAULT, |(_, answer)| answer)
}

/// The answer to a failure that the demo cannot play.
pub fn unknown_failure(names: &[&str]) -> String {
    let list: String = names.iter().map(|name| format!("- `fail: {name}`\n")).collect();
    format!("I don’t know that failure. I can play these:\n\n{list}\nSend one of them just as it stands.")
}

/// Words that ask for a topic, and its answer. The first that fits is taken.
const TOPICS: &[(&[&str], &str)] = &[
    (&["child seat", "brompton"], SEATS),
    (&["saturday", "book"], BOOKING),
    (&["winter", "service"], SERVICE),
    (&["refund"], REFUND),
    (&["helmet"], HELMETS),
    (&["long story", "long answer", "slow"], STORY),
    (&["embed", "install", "script", "wordpress", "website", "my site"], EMBED),
    (&["fail", "error", "wrong", "diagnos", "scope"], FAILURES),
    (&["code", "rust", "javascript", "program"], CODE),
    (&["markdown", "format", "table", "list"], MARKDOWN),
    (&["key", "openai", "model", "provider", "real"], PROVIDER),
    (&["cookie", "privacy", "token", "data", "history"], PRIVACY),
    (
        &["thank", "great", "nice"],
        "You’re welcome. If you are curious, try `fail: missing scopes` and open **Diagnostics**.",
    ),
    (&["hello", "hi ", "hi!", "hey", "good morning", "good evening"], HELLO),
];

const SEATS: &str = "Yes. Two seats fit a Brompton:\n\n\
- **Pere**, up to 25 kg, behind the stem\n\
- **IT Chair**, up to 20 kg, folds with the bike\n\n\
Fitting takes 20 minutes and costs £15.";

const BOOKING: &str =
    "Saturday has room at **10:30** and **14:00**. Fitting takes 20 minutes; you can wait with a coffee.";

const SERVICE: &str =
    "The full service is **£89** and takes two days. It covers brakes, gears, bearings and both wheels.";

const REFUND: &str = "Refunds reach your card within *five working days*. You need not send the box back.";

const HELMETS: &str = "Measure around your forehead, 2 cm above the brows:\n\n\
| Size | Centimetres |\n| --- | ---: |\n| S | 51 to 55 |\n| M | 55 to 59 |\n| L | 59 to 63 |";

const HELLO: &str = "Hello, and welcome. I am a **demo** that lives inside the proxy, so I need no key and cost nothing. \
Ask me how to *embed* this chat, or send `fail: missing scopes` to see an error told plainly.";

const DEFAULT: &str = "I am the built-in **demo**, so my knowledge is small. What I can show you:\n\n\
- **Streaming**: this answer arrives word by word. Press *Stop* at any time.\n\
- **Failures**: send `fail: missing scopes`, `fail: rate limit` or `fail: broken stream`, then open the *Diagnostics* tab.\n\
- **Embedding**: ask me how to embed this chat.\n\n\
A real model answers as soon as the proxy has a key; see [the documentation](https://platform.openai.com/docs) of your provider.";

const EMBED: &str = "One line is the whole installation:\n\n\
```html\n<script src=\"https://your-host/candor.js\" async></script>\n```\n\n\
1. Put it anywhere into the page.\n\
2. Add the page’s origin to the proxy’s `allowed_origins`.\n\
3. Reload. The button stands in the corner.\n\n\
The page’s own styles **cannot** reach into the chat, and the chat’s cannot leak out.";

const FAILURES: &str = "When something fails, you keep your words and get *one honest sentence*. The details stand in the \
**Diagnostics** tab.\n\nTry one of these:\n\n\
- `fail: missing scopes`\n- `fail: invalid key`\n- `fail: rate limit`\n- `fail: firewall`\n- `fail: broken stream`\n- `fail: timeout`\n\n\
Each is answered just as a real provider would answer it.";

const CODE: &str = "Here is a small program in Rust:\n\n\
```rust\nfn main() {\n    let words = [\"plain\", \"honest\", \"kind\"];\n    for word in words {\n        println!(\"An error should be {word}.\");\n    }\n}\n```\n\n\
It prints **three lines**. Run it with `cargo run`.";

const MARKDOWN: &str = "Answers are Markdown. For instance **bold**, *emphasis*, `code`, and a [link](https://commonmark.org/help/).\n\n\
- A list has points,\n- and points can be\n  - nested.\n\n\
| Element | Written as |\n| --- | --- |\n| bold | `**bold**` |\n| code | `` `code` `` |\n\n\
> A quotation stands apart.\n";

const PROVIDER: &str = "To answer with a real model, start the proxy with three variables:\n\n\
```sh\nexport CANDOR_PROVIDER=openai\nexport CANDOR_API_KEY=…\nexport CANDOR_MODEL=…\n```\n\n\
Any **OpenAI-compatible** API will do; `CANDOR_BASE_URL` names its address. The key stays in the proxy: no browser ever sees it.";

const PRIVACY: &str = "**No cookie** is set or needed. Your browser holds a random token, and the proxy keeps only its hash. \
In this version conversations live in the proxy’s memory, so they end when it is restarted.\n\n\
You can rename or delete them in the *History* tab.";

/// About 800 words at the demo's speed: twenty seconds, long enough to press Stop.
const STORY: &str = include_str!("story.md");
