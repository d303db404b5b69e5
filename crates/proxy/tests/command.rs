//! The `candor` command as an owner meets it: settings that are wrong, a busy port, a real socket, and its end.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/emitted.rs"]
mod emitted;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use emitted::record;

fn candor(command: &str, variables: &[(&str, &str)]) -> Command {
    let mut candor = Command::new(env!("CARGO_BIN_EXE_candor"));
    candor.arg(command).current_dir(std::env::temp_dir()).stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CANDOR_")) {
        candor.env_remove(name);
    }
    // Nothing of one test is left for another.
    candor.env("CANDOR_DATABASE_URL", "sqlite::memory:").envs(variables.iter().copied());
    candor
}

/// Runs the command to its end.
fn output(candor: &mut Command) -> Output {
    let output = candor.output().unwrap();
    for said in [&output.stdout, &output.stderr] {
        record(&String::from_utf8_lossy(said));
    }
    output
}

/// What the command says where it cannot start: its code, and the only line on stderr.
fn complaint(candor: &mut Command) -> (i32, String) {
    let Output { status, stdout, stderr } = output(candor);
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(String::from_utf8(stdout).unwrap(), "");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    (status.code().unwrap(), stderr)
}

/// A running proxy, killed by its process id when it is dropped.
struct Running {
    child: Child,
    address: String,
}

impl Running {
    fn start(variables: &[(&str, &str)]) -> Self {
        let mut candor = candor("serve", variables);
        let child = candor
            .env("CANDOR_ADDR", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self::of(child)
    }

    /// One that has been started, once it listens.
    fn of(mut child: Child) -> Self {
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        Self { child, address }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// Sends a request on a connection of its own and reads until the proxy closes it.
    fn request(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let mut stream = self.connect();
        let length = body.len();
        write!(
            stream,
            "{method} /candor/v1{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {length}\r\n\
             Content-Type: application/json\r\n{headers}\r\n{body}",
            self.address
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        record(&answer);
        answer
    }

    fn terminate(&mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The value of the first field of that name in an answer's JSON.
fn field(answer: &str, name: &str) -> String {
    answer.split(&format!("\"{name}\":\"")).nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[test]
fn settings_that_are_wrong_are_told_in_one_line_with_the_way_on() {
    struct Case<'a>(&'a [(&'a str, &'a str)], &'a [&'a str]);
    let cases = [
        Case(&[("CANDOR_PROVIDR", "demo")], &["CANDOR_PROVIDR", "Did you mean CANDOR_PROVIDER?"]),
        Case(&[("CANDOR_PROVIDER", "chatgpt")], &["CANDOR_PROVIDER", "demo", "openai"]),
        Case(&[("CANDOR_PROVIDER", "openai")], &["api_key", "CANDOR_API_KEY"]),
        Case(&[("CANDOR_PROVIDER", "openai"), ("CANDOR_API_KEY", "k")], &["model", "CANDOR_MODEL"]),
        Case(&[("CANDOR_ADDR", "nowhere")], &["CANDOR_ADDR"]),
        Case(&[("CANDOR_METRICS_ADDR", "9464")], &["CANDOR_METRICS_ADDR", "an IP address and a port"]),
        Case(&[("CANDOR_METRICS_TOKEN", "short")], &["CANDOR_METRICS_TOKEN", "at least 12 signs"]),
        Case(&[("CANDOR_LOG_FORMAT", "xml")], &["CANDOR_LOG_FORMAT", "text or json"]),
        Case(&[("CANDOR_DIAGNOSTICS", "some")], &["CANDOR_DIAGNOSTICS", "reference"]),
        Case(&[("CANDOR_STALL_TIMEOUT", "0")], &["CANDOR_STALL_TIMEOUT", "from 1 to 600"]),
        Case(&[("CANDOR_ALLOWED_ORIGINS", "shop.example")], &["CANDOR_ALLOWED_ORIGINS", "shop.example"]),
        Case(&[("CANDOR_CONFIG", "no-such-file.toml")], &["no-such-file.toml", "cannot be read"]),
        Case(&[("CANDOR_DATABASE_URL", "mysql://x")], &["CANDOR_DATABASE_URL", "sqlite://", "postgres://"]),
        Case(&[("CANDOR_KEEP_DAYS", "ever")], &["CANDOR_KEEP_DAYS", "from 0 to 3650"]),
        Case(&[("CANDOR_INPUT_PRICE", "0.15")], &["output_price", "other price"]),
        Case(
            &[("CANDOR_INPUT_PRICE", "cheap"), ("CANDOR_OUTPUT_PRICE", "1")],
            &["CANDOR_INPUT_PRICE", "0.15"],
        ),
        Case(&[("CANDOR_LIMITS", "none")], &["CANDOR_LIMITS", "off"]),
        Case(
            &[("CANDOR_LIMITS_ANSWER_VISITOR_MINUTE", "5")],
            &["Did you mean CANDOR_LIMITS_ANSWERS_VISITOR_MINUTE?"],
        ),
        Case(&[("CANDOR_LIMITS_ANSWERS_SITE_DAY", "many")], &["CANDOR_LIMITS_ANSWERS_SITE_DAY", "from 0"]),
        Case(&[("CANDOR_TRUSTED_PROXIES", "cloudfare")], &["cloudfare", "cloudflare", "192.0.2.0/24"]),
        Case(&[("CANDOR_LINKING", "yes")], &["CANDOR_LINKING", "true or false"]),
        Case(&[("CANDOR_CONTACT", "somebody")], &["CANDOR_CONTACT", "help@example.com"]),
        Case(&[("CANDOR_CONSENT_URL", "https://shop.example/privacy")], &["consent is not", "Set consent"]),
        Case(
            &[("CANDOR_CONSENT", "Agree"), ("CANDOR_CONSENT_URL", "javascript:alert(1)")],
            &["CANDOR_CONSENT_URL", "https://"],
        ),
    ];
    for Case(variables, words) in cases {
        let (code, line) = complaint(&mut candor("serve", variables));
        assert_eq!(code, 2, "{line}");
        for word in words {
            assert!(line.contains(word), "{word} is missing in: {line}");
        }
    }
}

#[test]
fn a_settings_file_is_read_and_its_faults_are_named_without_quoting_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    for (text, words) in [
        ("titel = \"x\"\n", "Did you mean title?"),
        ("title = \"x\"\napi_key = \"sk-secret-0123456789\n", "line 2"),
        ("title = 5\n", "must be a text"),
        ("[limits]\nanswers_visitors_day = 5\n", "Did you mean answers_visitor_day?"),
        ("[limits]\nanswers_visitor_day = \"five\"\n", "limits.answers_visitor_day in"),
    ] {
        std::fs::write(path, text).unwrap();
        let (code, line) = complaint(&mut candor("serve", &[("CANDOR_CONFIG", path)]));
        assert_eq!(code, 2);
        assert!(line.contains(words), "{words} is missing in: {line}");
        assert!(!line.contains("sk-secret"), "{line}");
    }
    std::fs::write(path, "title = \"From the file\"\nsubtitle = \"Open\"\n").unwrap();
    let proxy = Running::start(&[("CANDOR_CONFIG", path), ("CANDOR_TITLE", "From the variable")]);
    let config = proxy.request("GET", "/config", "", "");
    assert!(config.contains("From the variable") && config.contains("\"subtitle\":\"Open\""), "{config}");
}

#[test]
fn check_shows_the_limits_and_a_proxy_that_was_not_named() {
    let said = |variables: &[(&str, &str)]| {
        String::from_utf8(output(&mut candor("check", variables)).stdout).unwrap()
    };
    let real = [
        ("CANDOR_PROVIDER", "openai"),
        ("CANDOR_API_KEY", "k"),
        ("CANDOR_MODEL", "m"),
        ("CANDOR_BASE_URL", "http://127.0.0.1:9"),
        ("CANDOR_LIMITS_ANSWERS_VISITOR_DAY", "77"),
    ];
    let shown = said(&real);
    assert!(shown.contains("answers_visitor_minute 12, answers_visitor_day 77,"), "{shown}");
    assert!(
        shown.contains("pass  spending    the model is taken to cost nothing, since it is on this machine"),
        "{shown}"
    );
    assert!(shown.contains("set input_price and output_price"), "{shown}");
    let gateway = said(&[&real[..], &[("CANDOR_MODEL", "openai/gpt-4o")]].concat());
    assert!(gateway.contains("pass  spending    at most 10.00 dollars a day"), "{gateway}");
    assert!(gateway.contains("a million tokens cost 2.5 and 10 dollars, as of"), "{gateway}");
    assert!(gateway.contains("set input_price and output_price to 0"), "{gateway}");
    let priced =
        said(&[&real[..], &[("CANDOR_INPUT_PRICE", "0.15"), ("CANDOR_OUTPUT_PRICE", "0.6")]].concat());
    assert!(priced.contains("at most 10.00 dollars a day, at most 100.00 dollars a month; a million tokens cost 0.15 and 0.6 dollars"), "{priced}");
    let off = said(&[("CANDOR_LIMITS", "off")]);
    assert!(off.contains("warn  limits"), "{off}");

    let file = tempfile::NamedTempFile::new().unwrap();
    let url = format!("sqlite://{}", file.path().display());
    let database = [("CANDOR_DATABASE_URL", url.as_str())];
    let proxy = Running::start(&database);
    assert!(said(&database).contains("pass  addresses"));
    proxy.request("POST", "/visitors", "X-Forwarded-For: 192.0.2.1\r\n", "");
    let told = said(&database);
    assert!(told.contains("warn  addresses") && told.contains("x-forwarded-for"), "{told}");
    drop(proxy);
    // Once it is named, and the proxy started anew, nothing is told.
    let named = [database[0], ("CANDOR_TRUSTED_PROXIES", "loopback")];
    let proxy = Running::start(&named);
    proxy.request("POST", "/visitors", "X-Forwarded-For: 192.0.2.1\r\n", "");
    assert!(said(&named).contains("pass  addresses"));
}

#[test]
fn a_busy_port_is_told_with_the_way_on() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, line) =
        complaint(candor("serve", &[("CANDOR_ADDR", &format!("127.0.0.1:{port}"))]).env("CANDOR_LOG", "off"));
    assert_eq!(code, 1);
    assert!(
        line.contains(&format!("Port {port} is in use already.")) && line.contains("CANDOR_ADDR="),
        "{line}"
    );
}

#[test]
fn check_says_which_link_holds_and_which_is_broken() {
    let good = output(&mut candor("check", &[]));
    assert_eq!(good.status.code(), Some(0));
    let shut = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", shut.local_addr().unwrap());
    drop(shut);
    let openai = [
        ("CANDOR_PROVIDER", "openai"),
        ("CANDOR_API_KEY", "sk-secret-0123456789"),
        ("CANDOR_MODEL", "m"),
        ("CANDOR_BASE_URL", &url),
    ];
    let bad = output(&mut candor("check", &openai));
    assert_eq!(bad.status.code(), Some(1));
    let said = String::from_utf8(bad.stdout).unwrap();
    assert!(
        said.contains("fail  chat")
            && said.contains("unreachable_provider")
            && said.contains("✗ Chat server → – AI service")
            && said.contains("To do, by the site’s owner or the host:\n  1. "),
        "{said}"
    );
    assert!(!said.contains("Browser"), "no browser was looked at: {said}");
    assert!(!said.contains("sk-secret"));

    let json = output(candor("check", &openai).arg("--json"));
    assert_eq!(json.status.code(), Some(1));
    let lines: Vec<serde_json::Value> = String::from_utf8(json.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told: Vec<_> = lines.iter().map(|line| (&line["check"], &line["outcome"], &line["cause"])).collect();
    assert_eq!(
        serde_json::to_value(told).unwrap(),
        serde_json::json!([
            ["settings", "pass", null],
            ["models", "warning", "unreachable_provider"],
            ["chat", "failure", "unreachable_provider"],
            ["limits", "pass", null],
            ["spending", "pass", null],
            ["addresses", "pass", null],
        ])
    );
    assert!(
        ["type", "code", "param", "message", "request_id", "retry_after", "cause", "link"]
            .iter()
            .all(|key| lines.iter().all(|line| line.get(key).is_some()))
    );
}

#[test]
fn explain_reads_what_was_pasted_whatever_the_settings_are() {
    let explain = |arguments: &[&str], input: &str| {
        let mut child = candor("explain", &[("CANDOR_PROVIDER", "nonsense")])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    // https://wordpress.org/support/topic/missing-permissions/
    let pasted = "API Error Type: invalid_request_error Message: You have insufficient permissions for this operation. \
        Missing scopes: model.request.";
    let words = String::from_utf8(explain(&[], pasted).stdout).unwrap();
    assert!(words.contains("cause: missing_scope") && words.contains("“model.request”"), "{words}");
    let line: serde_json::Value = serde_json::from_slice(&explain(&["--json"], pasted).stdout).unwrap();
    assert_eq!((&line["cause"], &line["link"]), (&"missing_scope".into(), &"provider".into()));
    let nothing = explain(&[], "");
    assert_eq!(nothing.status.code(), Some(1));
    assert!(String::from_utf8(nothing.stderr).unwrap().contains("nothing to explain"));
}

#[test]
fn the_page_of_causes_is_what_the_catalogue_says() {
    let printed = output(&mut candor("causes", &[])).stdout;
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/causes.md");
    let page = std::fs::read_to_string(page).unwrap();
    let is_same = page == String::from_utf8(printed).unwrap();
    assert!(is_same, "run `cargo run --package candor-proxy -- causes > docs/causes.md`");
}

#[test]
fn the_owner_reads_the_errors_of_a_running_proxy_in_a_terminal() {
    let proxy = Running::start(&[("CANDOR_OWNER_TOKEN", "only-the-owner")]);
    let token = field(&proxy.request("POST", "/visitors", "", "{}"), "token");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let conversation = field(&proxy.request("POST", "/conversations", &bearer, "{}"), "id");
    let messages = format!("/conversations/{conversation}/messages");
    let answer = proxy.request("POST", &messages, &bearer, r#"{"content":"fail: missing scopes"}"#);
    let reference = field(&answer, "reference");

    let errors = |token: &str, arguments: &[&str]| {
        let variables = [("CANDOR_ADDR", proxy.address.as_str()), ("CANDOR_OWNER_TOKEN", token)];
        output(candor("errors", &variables).args(arguments))
    };
    let listed = String::from_utf8(errors("only-the-owner", &[]).stdout).unwrap();
    for words in ["Key lacks a permission, once", "Missing scopes: model.request", &reference] {
        assert!(listed.contains(words), "{words} is missing in: {listed}");
    }
    let json: serde_json::Value =
        serde_json::from_slice(&errors("only-the-owner", &["--json"]).stdout).unwrap();
    assert_eq!((&json["count"], &json["latest"]["cause"]), (&1.into(), &"missing_scope".into()));

    let wrong = errors("somebody-else", &[]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(String::from_utf8(wrong.stderr).unwrap().contains("owner token is not right"));
}

#[test]
fn over_a_real_socket_a_reply_streams_and_a_stop_of_the_proxy_lets_it_end() {
    let mut proxy = Running::start(&[]);
    let token = field(&proxy.request("POST", "/visitors", "", "{}"), "token");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let conversation = field(&proxy.request("POST", "/conversations", &bearer, "{}"), "id");

    let mut stream = proxy.connect();
    let body = r#"{"content":"hello"}"#;
    write!(
        stream,
        "POST /candor/v1/conversations/{conversation}/messages HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{bearer}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        proxy.address,
        body.len()
    )
    .unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while !line.starts_with("event: delta") {
        line.clear();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0, "the stream ended before its first delta");
    }
    proxy.terminate();
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("event: done") && rest.contains("\"status\":\"complete\""), "{rest}");
    assert_eq!(proxy.child.wait().unwrap().code(), Some(0));
    assert!(TcpStream::connect(&proxy.address).is_err(), "nothing listens any more");
}

#[test]
fn a_log_for_programs_has_one_object_a_line() {
    let mut candor = candor("serve", &[("CANDOR_LOG", "candor_proxy=debug"), ("CANDOR_LOG_FORMAT", "json")]);
    let child = candor.env("CANDOR_ADDR", "127.0.0.1:0").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut proxy = Running::of(child.spawn().unwrap());
    proxy.request("GET", "/health", "", "");
    proxy.terminate();
    let lines: Vec<serde_json::Value> = BufReader::new(proxy.child.stderr.take().unwrap())
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    assert!(lines.iter().all(|line| line["timestamp"].is_string() && line["level"].is_string()), "{lines:?}");
    let answered = lines.iter().find(|line| line["message"] == "answered").unwrap();
    assert_eq!((&answered["path"], &answered["status"]), (&"/candor/v1/health".into(), &200.into()));
}

#[test]
fn a_header_that_is_never_finished_is_not_waited_for_for_ever() {
    let proxy = Running::start(&[]);
    let mut stream = proxy.connect();
    write!(stream, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").unwrap();
    let begun = Instant::now();
    let mut rest = Vec::new();
    // Closed from the other side: an end, or a reset.
    let _ = stream.read_to_end(&mut rest);
    assert!(
        begun.elapsed() < Duration::from_secs(29),
        "the connection was closed by the proxy, not by this test's limit"
    );
}

/// Every file and folder in a folder that somebody else than its owner may read.
#[cfg(unix)]
fn readable_by_others(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        if entry.metadata().unwrap().permissions().mode() & 0o077 != 0 {
            found.push(entry.path());
        }
        if entry.path().is_dir() {
            found.extend(readable_by_others(&entry.path()));
        }
    }
    found
}

#[test]
fn an_owner_copies_exports_and_purges_what_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let url = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
    let run = |database: &str, arguments: &[&str]| {
        let mut candor = candor(arguments[0], &[("CANDOR_DATABASE_URL", &url(database))]);
        let Output { status, stdout, stderr } = output(candor.args(&arguments[1..]));
        (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    };
    let (code, _, none) = run("candor.db", &["export"]);
    assert!(code == 1 && none.contains("There is no database at"), "{none}");

    let mut proxy = Running::start(&[("CANDOR_DATABASE_URL", &url("candor.db"))]);
    let token = field(&proxy.request("POST", "/visitors", "", ""), "token");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let id = field(&proxy.request("POST", "/conversations", &bearer, ""), "id");
    let json = format!("{bearer}Content-Type: application/json\r\nAccept: application/json\r\n");
    let say = |content: &str| {
        proxy.request(
            "POST",
            &format!("/conversations/{id}/messages"),
            &json,
            &format!(r#"{{"content":"{content}"}}"#),
        )
    };
    assert!(say("hello").contains("Hello, and welcome."));
    assert!(say("fail: missing scopes").contains("missing_scope"));

    let copy = folder.path().join("copy.db");
    let (code, copied, _) = run("candor.db", &["backup", copy.to_str().unwrap()]);
    assert!(code == 0 && copied.contains("bytes are in"), "{copied}");
    let (code, _, again) = run("candor.db", &["backup", copy.to_str().unwrap()]);
    assert!(code == 1 && again.contains("exists already"), "{again}");
    proxy.terminate();
    drop(proxy);

    let (_, exported, _) = run("copy.db", &["export"]);
    assert_eq!(exported.lines().count(), 1);
    let archived: serde_json::Value = serde_json::from_str(&exported).unwrap();
    assert_eq!(
        (&archived["id"], archived["messages"].as_array().unwrap().len()),
        (&serde_json::json!(id), 4)
    );
    assert!(!exported.contains(&token));
    let pages = folder.path().join("pages");
    run("copy.db", &["export", "--markdown", pages.to_str().unwrap()]);
    #[cfg(unix)]
    assert_eq!(readable_by_others(folder.path()), Vec::<std::path::PathBuf>::new());
    let page = std::fs::read_to_string(pages.join(format!("{id}.md"))).unwrap();
    for words in
        ["\n> hello\n", "## Visitor, ", "## Assistant, ", "> Hello, and welcome.", "(missing_scope, CR-"]
    {
        assert!(page.contains(words), "{words} is missing in:\n{page}");
    }

    assert!(run("candor.db", &["purge", "--older-than", "1d"]).1.starts_with("Deleted: 0 conversations"));
    assert!(run("candor.db", &["purge", "--older-than", "0s"]).1.starts_with("Deleted: 1 conversations"));
    assert_eq!(run("candor.db", &["export"]).1, "");
    assert_eq!(run("copy.db", &["export"]).1.lines().count(), 1, "the copy stands by itself");
}

#[test]
fn each_owner_has_a_token_of_their_own_which_ends_alone() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("candor.db").display());
    let run = |arguments: &[&str]| {
        let Output { status, stdout, stderr } =
            candor(arguments[0], &[("CANDOR_DATABASE_URL", &url)]).args(&arguments[1..]).output().unwrap();
        assert_eq!(status.success(), stderr.is_empty());
        String::from_utf8([stdout, stderr].concat()).unwrap()
    };
    let start = |title: &str| Running::start(&[("CANDOR_DATABASE_URL", &url), ("CANDOR_TITLE", title)]);
    let proxy = start("Shop");
    let enters = |proxy: &Running, token: &str| {
        let bearer = format!("Authorization: Bearer {token}\r\n");
        proxy.request("GET", "/diagnostics/errors", &bearer, "").starts_with("HTTP/1.1 200")
    };
    assert!(!enters(&proxy, "co_unknown"));
    let token = |added: String| added.lines().next().unwrap().to_owned();
    let (anna, ben) = (token(run(&["owners", "add", "Anna"])), token(run(&["owners", "add", "Ben"])));
    assert!(run(&["owners", "add", "Ben"]).contains("There is an owner named Ben already."));
    assert!(run(&["owners", "add", "owner"]).contains("1 to 40 characters"));
    assert!(enters(&proxy, &anna) && enters(&proxy, &ben), "the proxy runs on");
    assert!(run(&["owners", "list"]).contains("Anna, since "));
    assert!(run(&["owners", "revoke", "Anna"]).contains("valid no more"));
    assert!(run(&["owners", "revoke", "Anna"]).contains("There is no owner named Anna."));
    assert!(!enters(&proxy, &anna) && enters(&proxy, &ben));
    drop(proxy);
    drop(start("Another shop"));
    run(&["export"]);
    let audit = run(&["audit"]);
    let noted: Vec<&str> = audit.lines().filter_map(|line| Some(line.split_once(' ')?.1)).collect();
    assert_eq!(
        noted,
        [
            "Conversations exported, command line, 0 conversations",
            "Settings changed, title",
            "Owner’s token ended, command line, Anna",
            "Signed in from a new address, Ben, 127.0.0.1",
            "Signed in from a new address, Anna, 127.0.0.1",
            "Owner added, command line, Ben",
            "Owner added, command line, Anna",
        ]
    );
    for secret in [&anna, &ben] {
        assert!(!audit.contains(secret.as_str()));
        let kept = std::fs::read(folder.path().join("candor.db")).unwrap();
        assert!(!kept.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()), "only its hash is kept");
    }
}

#[test]
fn the_environments_proxy_is_named_and_not_asked_for_this_machine() {
    let check = |base_url: &str| {
        let variables = [
            ("CANDOR_PROVIDER", "openai"),
            ("CANDOR_API_KEY", "sk-test"),
            ("CANDOR_MODEL", "m"),
            ("CANDOR_BASE_URL", base_url),
            // Port 1 is TCPMUX's, which no system serves.
            ("HTTP_PROXY", "http://somebody:secret@127.0.0.1:1"),
        ];
        let mut check = candor("check", &variables);
        for name in ["NO_PROXY", "no_proxy", "http_proxy"] {
            check.env_remove(name);
        }
        String::from_utf8(output(&mut check).stdout).unwrap()
    };
    let proxied = check("http://ai.example.internal/v1");
    let named = "which HTTP_PROXY names; NO_PROXY exempts addresses from it";
    assert!(proxied.contains("through the proxy 127.0.0.1:1, which"), "{proxied}");
    assert_eq!(proxied.matches(named).count(), 3, "in the settings and in both failures:\n{proxied}");
    assert!(proxied.contains("a proxy of its own"), "{proxied}");
    assert!(!proxied.contains("secret"), "{proxied}");

    // The provider itself answers, though the proxy does not.
    let provider = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = provider.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in provider.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            let body =
                r#"{"error":{"message":"Incorrect API key provided: sk-test","code":"invalid_api_key"}}"#;
            let length = body.len();
            write!(stream, "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").unwrap();
        }
    });
    let direct = check(&format!("http://{address}/v1"));
    assert!(direct.contains("invalid_api_key"), "{direct}");
    assert!(!direct.contains("HTTP_PROXY"), "{direct}");
}
