import Foundation
import Membership
import Node
import Testing
import Transport

@Suite("Configuration")
struct ConfigurationTests {
  private static let sample = """
    member: USA
    genesis: genesis.cbor
    data: data
    keys:
      node: keys/node.pem
    tls:
      certificate: tls/chain.pem
      key: tls/key.pem
      anchors: [tls/anchors.pem]
    listen: 127.0.0.1:7401
    """

  private func parse(_ text: String, _ environment: [String: String] = [:]) throws(ConfigurationError)
    -> NodeConfiguration
  {
    try NodeConfiguration.parse(text, file: "/etc/floor/floord.yaml", environment: environment)
  }

  private func error(_ text: String, _ environment: [String: String] = [:]) -> ConfigurationError? {
    do throws(ConfigurationError) {
      _ = try parse(text, environment)
      return nil
    } catch {
      return error
    }
  }

  @Test("the required keys are enough, and paths start from the file's folder")
  func least() throws {
    let settings = try parse(Self.sample)
    #expect(settings.member.text == "USA")
    #expect(settings.genesis == "/etc/floor/genesis.cbor")
    #expect(settings.guardFile == "/etc/floor/data.guard")
    #expect(settings.tls.anchors == ["/etc/floor/tls/anchors.pem"])
    #expect(settings.api.port == 7500)
    #expect(settings.logLevel == "info")
    #expect(settings.desk == nil)
  }

  @Test("every key is documented in the sample file, and the sample is a lawful configuration")
  func documented() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Deploy/floord.yaml").path
    let text = try String(contentsOfFile: path, encoding: .utf8)
    _ = try parse(text)
    for key in NodeConfiguration.keys {
      let name = key.split(separator: ".").last.map(String.init) ?? key
      #expect(text.contains("\(name):"), "\(key)")
    }
  }

  @Test(
    "a bad file names file, line, key, reason and remedy",
    arguments: [
      ("membre: USA", "CONFIG_UNKNOWN_KEY", 11, "membre", "did you mean member?"),
      ("colour: red", "CONFIG_UNKNOWN_KEY", 11, "colour", "listed in Deploy/floord.yaml"),
      ("log:\n  levle: info", "CONFIG_UNKNOWN_KEY", 12, "log.levle", "did you mean log.level?"),
      ("log:\n  level: loud", "CONFIG_WRONG_VALUE", 12, "log.level", "one of trace, debug"),
      ("log:\n  format: xml", "CONFIG_WRONG_VALUE", 12, "log.format", "one of text, json"),
      ("api:\n  listen: 0.0.0.0:7500", "CONFIG_NOT_LOOPBACK", 12, "api.listen", "loopback"),
      ("api:\n  listen: 7500", "CONFIG_WRONG_VALUE", 12, "api.listen", "host:port"),
      ("peers:\n  usa: 127.0.0.1:1", "CONFIG_WRONG_VALUE", 12, "peers.usa", "member's id"),
      ("peers:\n  EUN: somewhere", "CONFIG_WRONG_VALUE", 12, "peers.EUN", "host:port"),
      ("peers: 127.0.0.1:1", "CONFIG_UNKNOWN_KEY", 11, "peers", "is not a key"),
      ("desk:\n  policy: maybe", "CONFIG_WRONG_VALUE", 12, "desk.policy", "one of off, confirm, auto"),
      ("vectors: [a, b]", "CONFIG_WRONG_VALUE", 11, "vectors", "a path"),
    ] as [(String, String, Int, String, String)])
  func faults(line: String, code: String, at number: Int, key: String, remedy: String) throws {
    let found = try #require(error(Self.sample + "\n" + line))
    #expect(found.code == code)
    #expect(found.line == number)
    #expect(found.key == key)
    #expect(found.sentence.hasPrefix("/etc/floor/floord.yaml:\(number): \(key): "))
    #expect(found.sentence.contains(remedy))
  }

  @Test("a missing key is named", arguments: ["member", "genesis", "data", "listen"])
  func missing(key: String) throws {
    let text = Self.sample.split(separator: "\n").filter { !$0.hasPrefix("\(key):") }.joined(separator: "\n")
    let found = try #require(error(text))
    #expect(found.code == "CONFIG_MISSING_KEY")
    #expect(found.key == key)
  }

  @Test("a desk needs its folder and its key")
  func desk() throws {
    #expect(error(Self.sample + "\ndesk:\n  policy: auto")?.key == "desk.authority_key")
    let text = Self.sample + "\ndesk:\n  policy: auto\n  authority_key: a.pem\n  evidence: in\n  largest_jump_ppm: 5000"
    let settings = try #require(try parse(text).desk)
    #expect(settings.policy == .auto)
    #expect(settings.sheets == "/etc/floor/data/sheets")
    #expect(settings.largestJumpPPM == 5_000)
  }

  @Test("text that is not YAML, a file that is not there and a file that is not UTF-8 are refused")
  func unreadable() throws {
    #expect(error("member: [USA")?.code == "CONFIG_NOT_YAML")
    #expect(error("just words")?.code == "CONFIG_NOT_YAML")
    #expect(throws: ConfigurationError(source: "/no/such/file", reason: .unreadable("no such file"))) {
      try NodeConfiguration.read("/no/such/file", environment: [:])
    }
  }

  @Test("the environment overrides the file, and its unknown names are refused")
  func environment() throws {
    let settings = try parse(
      Self.sample,
      [
        "PRICEFLOOR_LOG_LEVEL": "debug", "PRICEFLOOR_PEERS_JPN": "10.0.0.1:9",
        "PRICEFLOOR_TLS_ANCHORS": "/a.pem:/b.pem",
        "HOME": "/root",
      ])
    #expect(settings.logLevel == "debug")
    #expect(settings.peers.map(\.key.text) == ["JPN"])
    #expect(settings.tls.anchors == ["/a.pem", "/b.pem"])
    let unknown = try #require(error(Self.sample, ["PRICEFLOOR_COLOUR": "red"]))
    #expect(unknown.code == "CONFIG_UNKNOWN_VARIABLE")
    #expect(unknown.source == "PRICEFLOOR_COLOUR")
    #expect(error(Self.sample, ["PRICEFLOOR_LISTEN": "nowhere"])?.source == "PRICEFLOOR_LISTEN")
  }
}
