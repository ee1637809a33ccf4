//! The hook in settings that are empty, full, odd.

use super::super::{Client, HookError, install};

const ALL: [Client; 4] = [Client::Claude, Client::Codex, Client::Gemini, Client::Cursor];

#[test]
fn an_empty_file_gets_the_whole_of_it() {
    let claude = install(Client::Claude, None).unwrap();
    assert_eq!((claude.path.as_str(), claude.before), (".claude/settings.json", None));
    let expected = r#"{
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "*",
        "hooks": [
          {
            "type": "command",
            "command": "lastlook",
            "args": ["hook"],
            "onFailure": "block",
            "timeout": 20
          }
        ]
      }
    ]
  }
}
"#;
    assert_eq!(claude.after, expected);
    for client in ALL {
        for now in [None, Some(""), Some(" \n"), Some("{}"), Some("{ }\n")] {
            let change = install(client, now).unwrap();
            let value: serde_json::Value = serde_json::from_str(&change.after).unwrap();
            assert!(value["hooks"].is_object(), "{}", change.after);
            assert!(!change.notes.is_empty());
        }
    }
    let cursor: serde_json::Value = serde_json::from_str(&install(Client::Cursor, None).unwrap().after).unwrap();
    assert_eq!(cursor["version"], 1);
    assert_eq!(cursor["hooks"]["beforeShellExecution"][0]["command"], "lastlook hook");
    let codex = install(Client::Codex, None).unwrap();
    assert!(
        codex.notes.iter().any(|note| note.contains("/hooks"))
            && codex.notes.iter().any(|note| note.contains("prefix_rule("))
    );
}

#[test]
fn twice_is_as_good_as_once() {
    for client in ALL {
        let once = install(client, None).unwrap().after;
        let twice = install(client, Some(&once)).unwrap();
        assert_eq!(twice.before.as_deref(), Some(twice.after.as_str()));
        let path = "{\"hooks\":{\"PreToolUse\":[{\"hooks\":[{\"command\":\"/opt/bin/lastlook hook\",\"type\":\"command\"}]}]}}";
        if client == Client::Codex {
            assert_eq!(install(client, Some(path)).unwrap().after, path);
        }
    }
}

#[test]
fn all_else_stays_as_it_is() {
    let now = "{\n\t// mine\n\t\"model\": \"x\", /* here */\n\t\"hooks\": {\n\t\t\"PreToolUse\": [\n\t\t\t{ \"matcher\": \"Bash\", \"hooks\": [] }, // last\n\t\t],\n\t\t\"Stop\": []\n\t},\n\t\"z\": 1e3\n}\n";
    let after = install(Client::Codex, Some(now)).unwrap().after;
    let expected = "{\n\t// mine\n\t\"model\": \"x\", /* here */\n\t\"hooks\": {\n\t\t\"PreToolUse\": [\n\t\t\t{ \"matcher\": \"Bash\", \"hooks\": [] }, // last\n\t\t\t{\n\t\t\t\t\"hooks\": [\n\t\t\t\t\t{\n\t\t\t\t\t\t\"type\": \"command\",\n\t\t\t\t\t\t\"command\": \"lastlook hook\",\n\t\t\t\t\t\t\"timeout\": 20\n\t\t\t\t\t}\n\t\t\t\t]\n\t\t\t}\n\t\t],\n\t\t\"Stop\": []\n\t},\n\t\"z\": 1e3\n}\n";
    assert_eq!(after, expected);
    let crlf = install(Client::Gemini, Some("{\r\n    \"theme\": \"dark\"\r\n}\r\n")).unwrap().after;
    assert!(
        crlf.starts_with("{\r\n    \"theme\": \"dark\",\r\n    \"hooks\": {\r\n        \"BeforeTool\": [\r\n")
            && !crlf.replace("\r\n", "").contains('\n')
    );
    let line = install(Client::Gemini, Some("{\"theme\":\"dark\",\"hooks\":{\"AfterTool\":[]}}")).unwrap().after;
    assert!(line.starts_with("{\"theme\":\"dark\",\"hooks\":{\"AfterTool\":[],"));
    let bom = install(Client::Claude, Some("\u{feff}{\"a\": 1}")).unwrap().after;
    assert!(bom.starts_with("\u{feff}{\"a\": 1,\n"));
}

#[test]
fn what_is_odd_is_refused() {
    for now in ["[", "{", "{\"a\":1,\"a\":2}", "{\"a\":}", "{\"a\" 1}", "{'a':1}", "{} x", "/* ", "{\"a\":\"\n\"}"] {
        assert_eq!(install(Client::Claude, Some(now)), Err(HookError::Unreadable), "{now}");
    }
    for now in ["[]", "1", "{\"hooks\":[]}", "{\"hooks\":{\"PreToolUse\":{}}}", "{\"hooks\":null}"] {
        assert!(matches!(install(Client::Claude, Some(now)), Err(HookError::Odd(_))), "{now}");
    }
    assert_eq!(install(Client::Claude, Some(&"[".repeat(100_000))), Err(HookError::Unreadable));
    assert!("Claude".parse::<Client>().is_err() && "codex".parse::<Client>() == Ok(Client::Codex));
}
