//! Every example in the help of a command does what it says.
//!
//! Examples run in order, in one folder with the files that they speak of, with fewer trials than by default.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_trialliance");

/// Commands that simulate many trials.
const SIMULATING: [&str; 10] =
    ["run", "size", "curve", "mde", "compare", "diff", "assurance", "protocol", "sweep", "interim"];

/// Runs a line of a shell: exit code, standard output, standard error.
fn shell(line: &str, folder: &Path) -> (i32, String, String) {
    let path =
        format!("{}:{}", Path::new(PROGRAM).parent().unwrap().display(), std::env::var("PATH").unwrap());
    let output =
        Command::new("sh").args(["-c", line]).current_dir(folder).env("PATH", path).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The examples in a help text, which wraps long ones.
fn examples(help: &str) -> Vec<String> {
    let mut examples: Vec<String> = Vec::new();
    let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    for line in lines.take_while(|line| !line.is_empty()) {
        let words = line.trim();
        match examples.last_mut().filter(|_| !words.starts_with("trialliance ") && !words.starts_with("cat "))
        {
            Some(example) => *example = format!("{} {words}", example.trim_end_matches('\\')),
            None => examples.push(words.to_owned()),
        }
    }
    examples
}

/// The file that a command writes.
fn written(line: &str) -> Option<&str> {
    let mut words = line.split(' ').skip_while(|word| !["-o", "--output"].contains(word));
    words.nth(1)
}

/// The files that the examples speak of.
fn files(folder: &Path) {
    let write = |line: &str| {
        let (code, _, error) = shell(line, folder);
        assert_eq!(code, 0, "{line}: {error}");
    };
    for name in ["my.json", "mine.json", "theirs.json", "last-year.json", "this-year.json"] {
        write(&format!("trialliance init {} --output {name}", name.trim_end_matches(".json")));
    }
    write("sed -i 's/\"SL\": 60/\"SL\": 50/' theirs.json this-year.json");
    let mut patients = String::from("patient,style,device,vas0,vas\n");
    let mut pilot = String::from("id,alliance,ifc,age,sex,pain_baseline,pain,function\n");
    let mut weeks = String::from("patient,alliance,ifc,week,vas\n");
    for patient in 0..80_u32 {
        let (style, device) =
            (["usual", "warm"][(patient / 2 % 2) as usize], ["off", "on"][(patient % 2) as usize]);
        let (alliance, ifc) =
            (["limited", "enhanced"][(patient / 2 % 2) as usize], ["sham", "active"][(patient % 2) as usize]);
        let pain = 30 + patient * 37 % 41;
        patients.push_str(&format!("{patient},{style},{device},{},{pain}\n", 40 + patient * 53 % 31));
        pilot.push_str(&format!(
            "{patient},{alliance},{ifc},{},{},",
            30 + patient * 29 % 37,
            patient / 4 % 2
        ));
        pilot.push_str(&format!("{},{pain},{}\n", 40 + patient * 53 % 31, 50 + patient * 31 % 29));
        for week in [2, 6, 12] {
            weeks.push_str(&format!(
                "{patient},{alliance},{ifc},{week},{}\n",
                pain + patient * week * 17 % 23
            ));
        }
    }
    std::fs::write(folder.join("my.csv"), patients).unwrap();
    std::fs::write(folder.join("pilot.csv"), pilot).unwrap();
    std::fs::write(folder.join("long.csv"), weeks).unwrap();
    std::fs::write(folder.join("draws.csv"), "effect\n4\n5\n6\n7\n").unwrap();
    write("trialliance calibrate pilot.csv --outcome pain --better lower --output planned.json 2>&1");
}

#[test]
fn every_example_of_the_help_works() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let (_, help, _) = shell("trialliance --help", folder.path());
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .map_while(|line| line.strip_prefix("  "))
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(commands.contains(&"interim") && commands.contains(&"run"), "{commands:?}");
    let mut tried = 0;
    for command in commands.into_iter().filter(|command| !command.is_empty() && *command != "help") {
        let (_, help, _) = shell(&format!("trialliance {command} --help"), folder.path());
        for example in examples(&help) {
            let own = example.split("trialliance ").nth(1).unwrap();
            let simulates = SIMULATING.contains(&own.split(' ').next().unwrap());
            let example = example.replace("-r 1e6", "-r 2000");
            let counts = ["--replicates", "-r ", "--precision"].iter().any(|word| example.contains(word));
            let line = if simulates && !counts { format!("{example} --replicates 2000") } else { example };
            // An example does not stand in the way of the next.
            if let (Some(file), "init" | "calibrate") = (written(&line), command) {
                let _ = std::fs::remove_file(folder.path().join(file));
            }
            let (code, _, error) = shell(&line, folder.path());
            // An answer that there is no such size, or that a gate is not met, is an answer.
            assert!(code == 0 || code == 7, "{line}: exit code {code}\n{error}");
            tried += 1;
        }
    }
    assert!(tried >= 40, "{tried}");
}
