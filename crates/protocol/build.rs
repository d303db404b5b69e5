//! Turns what everybody has to know of each cause in `causes.toml` into Rust: one constant for each. The rest of that file is
//! read by the build of `candor-diagnosis`.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use serde::Deserialize;

const CATALOGUE: &str = "causes.toml";

#[derive(Deserialize)]
struct Catalogue {
    otherwise: Otherwise,
    cause: Vec<Cause>,
}

/// What a visitor is told where a cause has no words of its own.
#[derive(Deserialize)]
struct Otherwise {
    title: String,
    try_again: String,
    owner_must_act: String,
}

#[derive(Deserialize)]
struct Cause {
    id: String,
    link: String,
    name: String,
    title: Option<String>,
    detail: Option<String>,
    retry: bool,
    who: Vec<String>,
    #[serde(default)]
    resume: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={CATALOGUE}");
    let catalogue: Catalogue = toml::from_str(&fs::read_to_string(CATALOGUE)?)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("causes.rs"), code(&catalogue)?)?;
    Ok(())
}

fn code(Catalogue { otherwise, cause: causes }: &Catalogue) -> Result<String, Box<dyn Error>> {
    let mut code = String::new();
    for cause in causes {
        let link = variant(&cause.link).ok_or_else(|| format!("{} has no such link", cause.id))?;
        let detail = if cause.retry { &otherwise.try_again } else { &otherwise.owner_must_act };
        writeln!(code, "/// {}", cause.name)?;
        writeln!(
            code,
            "pub static {id}: Cause = Cause {{ id: {id:?}, link: Link::{link}, title: {:?}, detail: {:?}, retryable: {}, \
             resumable: {} }};",
            cause.title.as_deref().unwrap_or(&otherwise.title),
            cause.detail.as_deref().unwrap_or(detail),
            cause.retry,
            cause.resume,
            id = cause.id,
        )?;
    }
    writeln!(code, "/// What a visitor is told where a cause has no words of its own.")?;
    writeln!(code, "pub static OTHERWISE_TITLE: &str = {:?};", otherwise.title)?;
    writeln!(
        code,
        "/// The same of what is safe and what to do, where only the site’s owner can put it right."
    )?;
    writeln!(code, "pub static OWNER_MUST_ACT: &str = {:?};", otherwise.owner_must_act)?;
    let all: Vec<_> = causes.iter().map(|cause| format!("&{}", cause.id)).collect();
    writeln!(code, "/// Every cause that this version knows, as the catalogue has them.")?;
    writeln!(code, "pub static ALL: &[&Cause] = &[{}];", all.join(", "))?;
    // By their ids: with the causes themselves came all their words, into what every visitor downloads.
    let ids = |is_meant: fn(&Cause) -> bool| {
        let meant = causes.iter().filter(|cause| is_meant(cause));
        meant.map(|cause| cause.id.as_str()).collect::<Vec<_>>()
    };
    writeln!(code, "/// The ids of those after which the assistant can be asked to go on.")?;
    writeln!(code, "pub static RESUMABLE: &[&str] = &{:?};", ids(|cause| cause.resume))?;
    writeln!(code, "/// The ids of those that a visitor can put right.")?;
    let of_visitor = ids(|cause| cause.who.iter().any(|who| who == "visitor"));
    writeln!(code, "pub static FOR_VISITORS: &[&str] = &{of_visitor:?};")?;
    Ok(code)
}

fn variant(link: &str) -> Option<&'static str> {
    Some(match link {
        "browser" => "Browser",
        "page" => "Page",
        "proxy" => "Proxy",
        "provider" => "Provider",
        "model" => "Model",
        _ => return None,
    })
}
