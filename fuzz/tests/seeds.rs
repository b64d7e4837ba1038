//! Runs every target with its seeds, so that both stay usable.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fuzz::TARGETS;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn every_seed_passes_its_target_whole_and_cut_short() {
    for (name, body) in TARGETS {
        let seeds = files(&format!("seeds/{name}"));
        assert!(!seeds.is_empty(), "{name} has no seed");
        for path in seeds {
            let seed = fs::read(&path).unwrap();
            assert!(seed.len() <= 4096, "{} is too large for a seed", path.display());
            println!("{name}: {}", path.file_name().unwrap().to_string_lossy());
            body(&seed);
            let step = seed.len().div_ceil(64).max(1);
            for end in (0..seed.len()).step_by(step) {
                body(&seed[..end]);
            }
        }
    }
}

#[test]
fn every_target_has_a_binary_and_every_folder_of_seeds_a_target() {
    let names = |folder| -> BTreeSet<String> {
        let stem = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
        files(folder).iter().map(stem).collect()
    };
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| String::from(*name)).collect();
    assert_eq!(names("fuzz_targets"), targets);
    assert_eq!(names("seeds"), targets);
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for name in targets {
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")),
            "{name} is not in Cargo.toml"
        );
    }
}
