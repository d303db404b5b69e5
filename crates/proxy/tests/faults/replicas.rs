//! Three replicas on one PostgreSQL behind nginx, as `deploy` has them, while replicas and the database are killed at random.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use candor_proxy::config::DatabaseAddress;
use candor_proxy::config::limits;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::{Proxy, Random, Upstream, VISITORS, Visitor, database, free_address, report};

/// How long it goes on; `cargo xtask faults` says how much longer.
const SECONDS: u64 = 20;

/// The longest that the last replies may take to their end: a reply whose proxy was killed is ended by another within a minute.
const LAST_REPLIES: Duration = Duration::from_secs(180);

/// How many answers a visitor may have.
const ANSWERS_OF_A_VISITOR: usize = 30;

/// One crash of the database for so many kills of a replica.
const KILLS_FOR_A_CRASH: u64 = 6;

/// nginx with the settings of `deploy/nginx.conf`, but for where it and the replicas listen, and where it writes.
async fn start_nginx(folder: &Path, address: SocketAddr, replicas: &[SocketAddr]) -> Child {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut settings = fs::read_to_string(root.join("deploy/nginx.conf")).unwrap();
    for (number, replica) in replicas.iter().enumerate() {
        let name = format!("candor-{}:8787", number + 1);
        assert!(settings.contains(&name), "deploy/nginx.conf knows {name}");
        settings = settings.replace(&name, &replica.to_string());
    }
    settings = settings.replace("listen 8080;", &format!("listen {address};"));
    settings = settings.replace("/tmp/", &format!("{}/", folder.display()));
    let path = folder.join("nginx.conf");
    fs::write(&path, settings).unwrap();
    let program = std::env::var("NGINX_BIN").unwrap_or_else(|_| "/usr/sbin/nginx".to_owned());
    let mut nginx = Command::new(program);
    // One process, which is the one that is ended.
    nginx.arg("-p").arg(folder).arg("-c").arg(&path).args([
        "-e",
        "stderr",
        "-g",
        "daemon off; master_process off;",
    ]);
    let child = nginx.stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    while TcpStream::connect(address).await.is_err() {
        sleep(Duration::from_millis(10)).await;
    }
    child
}

/// Kills one of PostgreSQL's processes, any of them: it ends all others and every connection then, and recovers from its log.
fn crash_database(random: &Random) {
    let postmaster = fs::read_to_string(database::folder().join("data/postmaster.pid")).unwrap();
    let postmaster = postmaster.lines().next().unwrap();
    let children = fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children")).unwrap();
    let children: Vec<&str> = children.split_whitespace().collect();
    let victim = children[random.below(children.len() as u64) as usize];
    // It may have ended by itself.
    let _ = std::process::Command::new("kill").args(["-KILL", victim]).stderr(Stdio::null()).status();
}

/// A replica that is started again until it listens, as a service is.
async fn start_replica(address: SocketAddr, upstream: SocketAddr, database_url: &str) -> Proxy {
    let mut variables: Vec<(String, String)> = limits::ALL
        .iter()
        .map(|limit| (format!("CANDOR_{}", limit.setting.to_uppercase()), "0".to_owned()))
        .collect();
    variables.push(("CANDOR_LIMITS_ANSWERS_VISITOR_DAY".to_owned(), ANSWERS_OF_A_VISITOR.to_string()));
    variables.push(("CANDOR_TRUSTED_PROXIES".to_owned(), "loopback".to_owned()));
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (&**name, &**value)).collect();
    let starting = async {
        loop {
            match Proxy::with(address, upstream, database_url, &variables).await {
                Some(proxy) => break proxy,
                None => sleep(Duration::from_millis(100)).await,
            }
        }
    };
    timeout(Duration::from_secs(60), starting).await.expect("a replica starts once the database is there")
}

#[tokio::test(flavor = "multi_thread")]
async fn three_replicas_that_are_killed_with_their_database_lose_nothing_double_nothing_and_pass_no_limit() {
    let seconds = std::env::var("FAULT_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SECONDS);
    let (random, folder) = (Random::new(), tempfile::tempdir().unwrap());
    let DatabaseAddress::Postgres(database_url) = database::on_postgres().await else {
        panic!("it is in PostgreSQL")
    };
    let database_url = database_url.reveal().to_owned();
    let upstream = Upstream::start().await;
    let addresses = [free_address().await, free_address().await, free_address().await];
    let mut replicas = Vec::new();
    for address in addresses {
        replicas.push(start_replica(address, upstream.address, &database_url).await);
    }
    let address = free_address().await;
    let mut nginx = start_nginx(folder.path(), address, &addresses).await;

    let (resent, until) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
    let writers: Vec<_> = (0..VISITORS)
        .map(|name| {
            let (resent, until) = (Arc::clone(&resent), Arc::clone(&until));
            tokio::spawn(async move {
                let mut visitors = Vec::new();
                while !until.load(Ordering::Relaxed) {
                    let mut visitor =
                        Visitor::new(format!("http://{address}/candor/v1"), Arc::clone(&resent)).await;
                    visitor.converse(&format!("v{name}-{}", visitors.len()), &until).await;
                    visitors.push(visitor);
                }
                visitors
            })
        })
        .collect();

    let (begun, mut kills, mut crashes) = (Instant::now(), 0, 0);
    while begun.elapsed() < Duration::from_secs(seconds) {
        sleep(Duration::from_millis(random.below(2000))).await;
        if random.below(KILLS_FOR_A_CRASH) == 0 {
            crash_database(&random);
            crashes += 1;
        } else {
            let at = random.below(3) as usize;
            replicas[at].kill().await;
            kills += 1;
            sleep(Duration::from_millis(random.below(1000))).await;
            replicas[at] = start_replica(addresses[at], upstream.address, &database_url).await;
        }
    }
    until.store(true, Ordering::Relaxed);

    let (mut acknowledged, mut again, mut refused, mut visitors) = (0, 0, 0, 0);
    for writer in writers {
        for visitor in timeout(LAST_REPLIES, writer).await.expect("every reply ends").unwrap() {
            acknowledged += visitor.assert_all_there().await;
            let answers = visitor.acknowledged.len();
            assert!(answers <= ANSWERS_OF_A_VISITOR, "{answers} answers, {ANSWERS_OF_A_VISITOR} may be");
            for one in &visitor.acknowledged {
                let asked = upstream.asked.lock().unwrap()[&one.question];
                // The model is asked while the message is being kept. Where the database goes meanwhile, nothing is acknowledged or
                // counted, and who sends the message again has it asked again.
                assert!(
                    asked >= 1 && (one.again > 0 || one.resent > 0 || asked == 1),
                    "{} was asked {asked} times",
                    one.question
                );
            }
            again += visitor.acknowledged.iter().map(|one| one.again).sum::<usize>();
            refused += usize::from(visitor.is_refused);
            visitors += 1;
        }
    }
    report(&format!(
        "{seconds} s, {kills} kills of a replica, {crashes} crashes of the database: {acknowledged} messages of {visitors} visitors \
         acknowledged, each there once; {again} replies were interrupted and asked for again, {} requests sent again, {refused} \
         visitors met their limit of {ANSWERS_OF_A_VISITOR} answers and none had more",
        resent.load(Ordering::Relaxed)
    ));
    assert!(acknowledged > 0 && kills > 0, "there was load, and it was hit");
    nginx.kill().await.unwrap();
    for replica in &mut replicas {
        replica.kill().await;
    }
}
