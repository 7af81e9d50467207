import API
import Accession
import ArgumentParser
import CBOR
import Client
import Cryptography
import Foundation
import Ledger
import Membership
import Negotiation
import Testnet
import Trade

struct MotionCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "motion", abstract: "Put changes of the roster to the members, and ballot on them.",
    discussion: """
      Joining, suspension, reinstatement and other rules need the ballots of more than two thirds of the full members, \
      the one concerned not counted. What a member decides about itself, by its root key, needs so many that an honest \
      one is among them: a third, so that a stolen root key alone moves nothing. What is adopted enters at once, or at \
      the instant that the motion names, all of it in one step.
      """,
    subcommands: [MotionFile.self, MotionList.self, MotionShow.self, MotionBallotCommand.self])
}

struct MotionFile: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "file", abstract: "File a motion; whoever files it votes yes by that.",
    discussion: """
      Admissions and other shares of the policy votes belong together: --votes names a JSON file {"votes": [...]} with \
      the votes, or the quantities from which they are distributed, of every item, in the form of the genesis content \
      (Protocol/genesis.md). Without it the shares of members that leave go to the others.

      Example:
        floorctl motion file --title "Accession of KAZ and ZMB" --instrument protocol-2.pdf --change KAZ.change \
      --change ZMB.change --votes votes.json --open-hours 72 --enter-hours 96 --as /tmp/net/USA
      """)

  @Option(name: .long, help: "What it is about, for people.")
  var title: String
  @Option(name: .long, help: "The treaty, decision or note that it carries out: a file, of which the digest is filed.")
  var instrument: String
  @Option(name: .long, help: "A change, as the change commands make it; repeatable.")
  var change: [String]
  @Option(name: .long, help: "The policy votes after the motion, JSON.")
  var votes: String?
  @Option(name: .long, help: "For how many hours ballots count; decimals allowed.")
  var openHours = 72.0
  @Option(name: .long, help: "After how many hours from now it enters. Default: with its adoption.")
  var enterHours: Double?
  @OptionGroup var signing: SignerOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard !change.isEmpty || votes != nil else {
      throw ValidationError("a motion has at least one --change, or --votes")
    }
    guard openHours > 0, openHours <= 8_760 else { throw ValidationError("--open-hours takes more than 0, up to 8760") }
    if let enterHours {
      guard enterHours > 0, enterHours <= 8_760 else {
        throw ValidationError("--enter-hours takes more than 0, up to 8760")
      }
    }
  }

  func run() async throws {
    let submission = try await Submission(signing)
    let changes = try change.map(ChangeFile.read)
    let now = try await submission.client.status().head.time.milliseconds
    let start = max(now, Int64(Date().timeIntervalSince1970 * 1_000))
    func instant(_ hours: Double) -> Instant { Instant(milliseconds: start + Int64(hours * 3_600_000)) }
    let motion = Motion(
      title: title, instrument: Digest.sha256(try Files.read(instrument)), closes: instant(openHours),
      entry: enterHours.map(instant), changes: changes,
      votes: try await votes(after: changes, submission.client))
    let report = try await submission.submit(.accession(.motion(motion)))
    Output.show("submission", report, asJSON: output.json) {
      ["motion       \(report.identity)", "filed        \(report.line)"] + changes.map { "change       \($0.sentence)" }
    }
  }

  /// The votes of the file over those that are full members after the changes.
  private func votes(after changes: [RosterChange], _ client: NodeClient) async throws -> [ItemVotes]? {
    guard let votes else { return nil }
    let genesis = try Genesis(decoding: try await client.genesis())
    let full = try await client.members().members.filter { $0.standing?.status == "FULL" }
    var members = Set(full.compactMap { MemberID($0.member) })
    for change in changes {
      switch change {
      case .admit(let admission): members.insert(admission.member.id)
      case .reinstate(let member): members.insert(member)
      case .suspend(let member), .withdraw(let member, _): members.remove(member)
      case .rotate, .pins, .rules: break
      }
    }
    return try VotesFile.read(votes).votes(of: members.sorted(), rules: genesis.content.negotiation.votes, path: votes)
  }
}

struct MotionList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the motions, the newest first.",
    discussion: """
      Example:
        floorctl motion list --as /tmp/net/USA
      """)

  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let list = try await connection.client().motions()
    Output.show("motions", list, asJSON: output.json) {
      guard !list.motions.isEmpty else { return ["no motion was filed"] }
      var table = TextTable([
        ("motion", .left), ("outcome", .left), ("closes", .left), ("yes", .right), ("no", .right), ("title", .left),
      ])
      for motion in list.motions {
        table.add([
          "\(motion.motion.prefix(16))", motion.outcome, motion.closesAt.text, "\(motion.yes.count)",
          "\(motion.no.count)", motion.title,
        ])
      }
      return table.lines
    }
  }
}

struct MotionShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show a motion: its changes with the fingerprints of new keys, and its ballots.",
    discussion: """
      Compare the fingerprints over a second channel before you vote.

      Example:
        floorctl motion show 3f6c… --as /tmp/net/USA
      """)

  @Argument(help: "The motion, or the beginning of its name.")
  var motion: String
  @OptionGroup var connection: NodeOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let report = try await connection.client().motion(named: motion)
    Output.show("motion", report, asJSON: output.json) { report.lines }
  }
}

struct MotionBallotCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ballot", abstract: "Vote on a motion.",
    discussion: """
      Example:
        floorctl motion ballot 3f6c… yes --as /tmp/net/EUN
      """)

  enum Choice: String, ExpressibleByArgument, CaseIterable {
    case yes
    case no
  }

  @Argument(help: "The motion, or the beginning of its name.")
  var motion: String
  @Argument(help: "yes or no.")
  var choice: Choice
  @OptionGroup var signing: SignerOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let submission = try await Submission(signing)
    let report = try await submission.client.motion(named: motion)
    guard let identity = Digest(hexadecimal: report.motion) else {
      throw Failure.refused("MOTION", "the node names a motion that cannot be")
    }
    let ballot = MotionBallot(motion: identity, isYes: choice == .yes)
    let answer = try await submission.submit(.accession(.ballot(ballot)))
    Output.show("submission", answer, asJSON: output.json) {
      ["motion       \(report.title)", "ballot       \(choice.rawValue), \(answer.line)"]
    }
  }
}

extension NodeClient {
  /// The one motion whose name begins so.
  fileprivate func motion(named beginning: String) async throws -> MotionReport {
    let found = try await motions().motions.filter { $0.motion.hasPrefix(beginning.lowercased()) }
    guard let motion = found.first else {
      throw Failure.refused("NOT_FOUND", "no motion has a name that begins with \(beginning); see motion list")
    }
    guard found.count == 1 else {
      throw Failure.refused(
        "AMBIGUOUS", "\(found.count) motions have names that begin with \(beginning); give more of it")
    }
    return motion
  }
}

extension MotionReport {
  fileprivate var lines: [String] {
    var lines = [
      "motion       \(motion)", "title        \(title)", "instrument   \(instrument)",
      "filed        by \(filedBy) at \(filedAt.text)", "closes       \(closesAt.text)",
      "enters       \(entersAt?.text ?? "with its adoption")",
      "outcome      \(outcome)\(decidedAt.map { " at \($0.text)" } ?? "")\(reason.map { ": \($0)" } ?? "")",
    ]
    for change in changes {
      lines.append("change       \(change.sentence)")
      lines += change.fingerprints.sorted { $0.key < $1.key }.map { "             \($0.key) key \($0.value)" }
    }
    if hasVotes { lines.append("votes        distributed anew") }
    lines.append("yes          \(yes.isEmpty ? "–" : yes.joined(separator: " "))")
    lines.append("no           \(no.isEmpty ? "–" : no.joined(separator: " "))")
    return lines
  }
}
