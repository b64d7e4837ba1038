//! A cluster of three servers, of which one is killed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::chaos::{Host, outcomes, print_ends};
use crate::nats::{Nats, free_port};
use crate::process::{Gateway, WITHIN, until};
use crate::truth::compare;

#[test]
#[ignore = "needs nats-server, which NATS_SERVER names"]
fn a_cluster_goes_on_without_one_of_its_servers() {
    let [ports, routes, monitors] = [(); 3].map(|()| [(); 3].map(|()| free_port()));
    let all = routes.map(|port| format!("\"nats://127.0.0.1:{port}\"")).join(", ");
    let mut servers: Vec<Nats> = (0..3)
        .map(|index| {
            let (route, monitor) = (routes[index], monitors[index]);
            let lines = format!(
                "server_name: n{index}\nhttp: \"127.0.0.1:{monitor}\"\n\
                 cluster {{\n name: sms\n listen: \"127.0.0.1:{route}\"\n routes: [{all}]\n}}"
            );
            Nats::start(ports[index], &lines)
        })
        .collect();
    for monitor in monitors {
        let address = SocketAddr::from(([127, 0, 0, 1], monitor));
        let healthy =
            || Gateway::ask(address, "GET", "/healthz", "", b"").map(|answer| answer.status);
        until(|| healthy() == Some(200));
    }
    let urls = ports.map(|port| format!("nats://127.0.0.1:{port}")).join(",");
    let lines = format!("replicas = 3\nmonitor = \"http://127.0.0.1:{}\"", monitors[1]);
    let hosts: Vec<Host> =
        (0..2).map(|index| Host::at(index, 2, (&urls, ports[0]), &lines)).collect();
    for host in &hosts {
        host.start();
    }
    let mut accepted = BTreeMap::new();
    for number in 0..60 {
        if number == 20 {
            servers[0].kill();
        }
        let name = format!("m{number}");
        let body = json!({ "to": "+491715550100", "text": format!("{name} {name} "), "client_reference": name });
        let headers = format!("Content-Type: application/json\r\nIdempotency-Key: {name}\r\n");
        let begun = Instant::now();
        let id = loop {
            let host = &hosts[number % 2];
            let answer = host.request("POST", "/v1/messages", &headers, &body.to_string());
            if let Some((202, answer)) = &answer {
                break answer["id"].as_str().unwrap().to_owned();
            }
            // After a kill each stream elects its leader again.
            if begun.elapsed() > WITHIN {
                let of_hosts = hosts.iter().map(|host| host.site.log());
                print_ends(servers.iter().map(Nats::log).chain(of_hosts));
                panic!("{name} is not accepted: {answer:?}");
            }
            thread::sleep(Duration::from_millis(50));
        };
        accepted.insert(name, id);
    }
    let messages = outcomes(&hosts, &accepted, WITHIN);
    let figures = compare(&messages, hosts.iter().flat_map(|host| &host.modems));
    println!("one of three servers killed: {figures}");
    assert_eq!((figures.twice, figures.lost, figures.wrong), (0, 0, 0), "{figures}");
}
