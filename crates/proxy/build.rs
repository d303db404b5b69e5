//! Says where the built widget lies, so that the program can carry it inside itself, and turns the data of `limits.toml`, `prices.toml`
//! and `trusted_proxies.toml` into constants.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;

const LIMITS: &str = "limits.toml";
const PRICES: &str = "prices.toml";
const TRUSTED_PROXIES: &str = "trusted_proxies.toml";

#[derive(Deserialize)]
struct Limits {
    limit: Vec<Limit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    what: String,
    whom: String,
    per: Option<String>,
    most: Option<u32>,
    demo: Option<u32>,
    means: String,
}

#[derive(Deserialize)]
struct Prices {
    as_of: String,
    models: BTreeMap<String, [f64; 2]>,
}

#[derive(Deserialize)]
struct TrustedProxies {
    proxy: Vec<TrustedProxy>,
}

#[derive(Deserialize)]
struct TrustedProxy {
    name: String,
    header: Option<String>,
    networks: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=CANDOR_DIST");
    let dist = match env::var_os("CANDOR_DIST") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../dist"),
    };
    // The widget may still have to be built. Its files are no input of this script: the library would be compiled anew with each
    // of them, where it has to be compiled while they are made. The program looks after them itself (src/widget.rs).
    fs::create_dir_all(&dist)?;
    // Without a page the program would not compile. One that is there, or is written at this very moment, is left alone.
    let _ = fs::File::create_new(dist.join("index.html"));
    println!("cargo::rustc-env=CANDOR_BUILT_WIDGET={}", dist.canonicalize()?.display());
    generate(LIMITS, limits)?;
    generate(PRICES, prices)?;
    generate(TRUSTED_PROXIES, trusted_proxies)
}

/// Writes what `code` makes of the data into a file of the same name in Rust.
fn generate<T: for<'a> Deserialize<'a>>(
    file: &str,
    code: fn(T) -> Result<String, std::fmt::Error>,
) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={file}");
    let code = code(toml::from_str(&fs::read_to_string(file)?)?)?;
    let out = Path::new(&env::var("OUT_DIR")?).join(file).with_extension("rs");
    Ok(fs::write(out, code)?)
}

fn limits(Limits { limit: limits }: Limits) -> Result<String, std::fmt::Error> {
    let mut code =
        String::from("/// Every limit, as `limits.toml` has them.\npub static ALL: &[Limit] = &[\n");
    for Limit { what, whom, per, most, demo, means } in limits {
        let name = [Some(what.as_str()), Some(&whom), per.as_deref()];
        let name = name.into_iter().flatten().collect::<Vec<_>>().join("_");
        let per = per.map_or("None".to_owned(), |per| format!("Some(Per::{})", variant(&per)));
        writeln!(
            code,
            "Limit {{ name: {name:?}, setting: {:?}, what: What::{}, whom: Whom::{}, per: {per}, most: {most:?}, \
             demo: {demo:?}, means: {means:?} }},",
            format!("limits_{name}"),
            variant(&what),
            variant(&whom),
        )?;
    }
    code += "];\n";
    Ok(code)
}

fn prices(Prices { as_of, models }: Prices) -> Result<String, std::fmt::Error> {
    let mut code = format!("/// Of which day the prices are.\npub const AS_OF: &str = {as_of:?};\n");
    code += "/// Models by name, as `prices.toml` has them.\nconst KNOWN: &[(&str, Price)] = &[\n";
    for (model, dollars) in models {
        // In millionths of a dollar, so that no fraction is lost.
        let [input, output] = dollars.map(|dollars| (dollars * 1e6).round());
        writeln!(code, "({model:?}, Price {{ input: {input:.0}, output: {output:.0} }}),")?;
    }
    code += "];\n";
    Ok(code)
}

fn trusted_proxies(TrustedProxies { proxy: proxies }: TrustedProxies) -> Result<String, std::fmt::Error> {
    let mut code = String::from(
        "/// The proxies that have a name, as `trusted_proxies.toml` has them.\nconst NAMED: &[Named] = &[\n",
    );
    for TrustedProxy { name, header, networks } in proxies {
        writeln!(code, "Named {{ name: {name:?}, header: {header:?}, networks: &{networks:?} }},")?;
    }
    code += "];\n";
    Ok(code)
}

/// `at_once` as Rust names a variant: `AtOnce`.
fn variant(name: &str) -> String {
    let words = name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
    words.collect()
}
