import Consensus
import Cryptography
import Membership

/// Plays a script: keeps comments, commands and blank lines, and puts under each command what the member does.
enum Script {
  enum Fault: Error { case notUnderstood(String) }

  static func play(_ text: String) throws -> String {
    var lines: [String] = []
    var bench: Bench?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("#") || line.isEmpty {
        lines.append(line)
      } else if line.hasPrefix(">") {
        lines.append(line)
        let words = line.dropFirst().split(separator: " ").map(String.init)
        lines += try run(words, on: &bench).map { "  " + $0 }
      }
    }
    return lines.joined(separator: "\n")
  }

  private static func run(_ words: [String], on bench: inout Bench?) throws -> [String] {
    let command = Command(words)
    if command.verb == "member" {
      bench = try Bench(
        Int(command.option("of") ?? "4") ?? 4, me: command.first == "follower" ? nil : command.first, delay: 1000)
      return []
    }
    guard var member = bench else { throw Fault.notUnderstood("no member yet: \(words)") }
    defer { bench = member }
    return try apply(command, to: &member)
  }

  private static func apply(_ command: Command, to bench: inout Bench) throws -> [String] {
    switch command.verb {
    case "start": return bench.feed(.started)
    case "block":
      try bench.block(
        try command.word(0), view: command.view("view"), on: command.option("on") ?? "genesis",
        height: command.option("height").flatMap(UInt64.init).map { Height($0) })
      return []
    case "propose":
      return try bench.propose(
        try command.word(0), without: Set(command.option("without").map { [View(UInt64($0) ?? 0)] } ?? []))
    case "vote":
      return try bench.vote(
        try command.word(0), try command.kind(1), View(UInt64(try command.word(2)) ?? 0),
        command.words.dropFirst(3).first)
    case "certificate":
      return try bench.certificate(
        try command.kind(0), View(UInt64(try command.word(1)) ?? 0), command.words.dropFirst(2).first)
    case "judged":
      let verdict = try command.word(1)
      return try bench.judged(try command.word(0), verdict == "valid" ? .valid : .invalid(reason: command.rest(2)))
    case "built": return try bench.built(try command.word(0))
    case "sign": return try bench.sign()
    case "store": return bench.store()
    case "work": return bench.feed(.workKnown(try command.word(0) == "yes"))
    case "known": return bench.feed(.blockKnown(try bench.link(try command.word(0))))
    case "expire": return bench.feed(.expired(try command.timer()))
    case "status": return try status(command, on: &bench)
    case "epoch": return try bench.nextEpoch(openedBy: try command.word(0), isOldCopy: command.words.last == "old")
    case "stale":
      return try bench.stale(
        try command.word(0), try command.kind(1), View(UInt64(try command.word(2)) ?? 0),
        command.words.dropFirst(3).first)
    case "restart": return bench.restart(isOldCopy: command.first == "old")
    default: throw Fault.notUnderstood(command.verb)
    }
  }

  private static func status(_ command: Command, on bench: inout Bench) throws -> [String] {
    var votes: [Vote] = []
    if let named = command.option("naming"), let me = bench.me {
      let words = named.split(separator: ":").map(String.init)
      let subject = try bench.subject(
        try Command.kind(words[0]), View(UInt64(words[1]) ?? 0), words.dropFirst(2).first)
      votes = [Vote(subject, by: me)]
    }
    return try bench.status(
      from: try command.word(0), view: command.view("view"), final: command.option("final") ?? "genesis", naming: votes)
  }

  private struct Command {
    let verb: String
    /// The words without `=`.
    let words: [String]
    private let options: [(String, String)]

    init(_ all: [String]) {
      verb = all.first ?? ""
      words = all.dropFirst().filter { !$0.contains("=") }
      options = all.compactMap { word in
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        return parts.count == 2 ? (parts[0], parts[1]) : nil
      }
    }

    var first: String? { words.first }

    func word(_ index: Int) throws -> String {
      guard index < words.count else { throw Fault.notUnderstood("\(verb) \(words)") }
      return words[index]
    }

    func rest(_ index: Int) -> String { words.dropFirst(index).joined(separator: " ") }

    func option(_ name: String) -> String? { options.first { $0.0 == name }?.1 }

    func view(_ name: String) -> View { View(option(name).flatMap(UInt64.init) ?? 0) }

    func kind(_ index: Int) throws -> VoteKind { try Self.kind(try word(index)) }

    static func kind(_ word: String) throws -> VoteKind {
      switch word {
      case "notarize": .notarize
      case "nullify": .nullify
      case "finalize": .finalize
      default: throw Fault.notUnderstood(word)
      }
    }

    func timer() throws -> Consensus.Timer {
      let number = View(words.dropFirst().first.flatMap(UInt64.init) ?? 0)
      switch try word(0) {
      case "view": return .view(number)
      case "lull": return .lull(number)
      case "retry": return .retry
      default: throw Fault.notUnderstood("expire \(words)")
      }
    }
  }
}
