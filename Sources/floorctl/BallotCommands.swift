import API
import ArgumentParser
import Client
import Negotiation

struct BallotCommands: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ballot", abstract: "Vote on the floors that a docket has found.", subcommands: [BallotCast.self])
}

struct BallotCast: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cast", abstract: "Cast a member's ballot on every lot that is being voted on, or on one.",
    discussion: """
      A ballot is final: there is one a member, lot, round and call. The member's votes in both chambers are counted \
      whole. Look at the floors first: docket show DOCKET.

      Example:
        floorctl ballot cast 2026-1 yes --reason "in line with our statistics" --as /tmp/net/USA
        floorctl ballot cast 2026-1 abstain --lot 1 --reason "no domestic use" --as /tmp/net/MEX
      """)

  enum Choice: String, ExpressibleByArgument, CaseIterable {
    case yes
    case no
    case abstain

    var ballot: BallotChoice {
      switch self {
      case .yes: .yes
      case .no: .no
      case .abstain: .abstain
      }
    }
  }

  @Argument(help: "The docket's name.")
  var docket: String

  @Argument(help: "yes, no or abstain.")
  var choice: Choice

  @Option(name: .long, help: "Why, for the record.")
  var reason: String

  @Option(name: .long, help: "One lot by its number. Default: all that are in RATIFY.")
  var lot: UInt16?

  @OptionGroup var signing: SignerOptions
  @OptionGroup var output: OutputOptions

  /// `pricefloor/ballots/1`.
  private struct Report: Encodable {
    struct Cast: Encodable {
      let lot: UInt64
      let submission: SubmissionReport
    }

    let docket: String
    let choice: String
    let ballots: [Cast]
  }

  func run() async throws {
    guard let id = DocketID(docket) else { throw Failure.usage("\(docket) is no name of a docket") }
    let submission = try await Submission(signing)
    let report = try await submission.client.docket(docket)
    let open = report.lots.filter { lot in
      lot.phase == "RATIFY" && (self.lot == nil || self.lot.map(UInt64.init) == lot.lot)
    }
    guard !open.isEmpty else {
      let phases = report.lots.map { "lot \($0.lot) is in \($0.phase)" }.joined(separator: ", ")
      throw Failure.refused("WINDOW_NOT_OPEN", "nothing of \(docket) is being voted on now: \(phases)")
    }
    var casts: [Report.Cast] = []
    for lot in open {
      guard let number = UInt16(exactly: lot.lot), let round = UInt8(exactly: lot.round),
        let call = UInt8(exactly: lot.call)
      else { throw Failure.refused("LOT", "the node names a lot that cannot be") }
      let place = LotRound(docket: id, lot: number, round: round)
      let act = Act.ballot(Ballot(place: place, call: call, choice: choice.ballot, reason: reason))
      casts.append(.init(lot: lot.lot, submission: try await submission.submit(act)))
    }
    let summary = Report(docket: docket, choice: choice.rawValue.uppercased(), ballots: casts)
    Output.show("ballots", summary, asJSON: output.json) {
      summary.ballots.map { "\(docket), lot \($0.lot): \(summary.choice), \($0.submission.line)" }
    }
  }
}
