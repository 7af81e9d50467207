import Consensus

/// All about one honest member: the real value, its driver's duties that are still open, its disk, and what it has shown the world.
struct Situation: Hashable {
  var consensus: Consensus
  /// The number of the block that opened the epoch that the member is in.
  var opener = 0
  var disk = Disk()
  /// The votes that were sent, by number: everyone may have them, now or at any later time.
  var shown: UInt64 = 0
  /// The blocks that became final, by number; tail blocks belong to no ledger and are not among them.
  var finals: UInt64 = 1
  var lastFinal = 0
  /// The block asked for by `build`, and the one asked about by `judge`.
  var building: Int?
  var judging: Int?
  /// The blocks asked for by `fetch`.
  var wanted: UInt64 = 0
  /// The view whose timer runs.
  var timer: Int?
  var restarts = 0
  /// A member that does what it likes: it has said everything.
  var isPuppet = false

  /// The bytes by which it is told apart.
  func bytes(_ form: CanonicalForm, in universe: Universe) -> [UInt8] {
    let now = Int(consensus.view.number)
    // Once the view is nullified its timer and its verdict decide nothing more.
    let nullify = universe.nullify(now, of: opener)
    let isOver = nullify.map { shown >> UInt64($0) & 1 == 1 } ?? false
    let open = isOver ? [] : [building, judging, timer].map { UInt64(($0 ?? -1) + 1) }
    var words = [shown, finals, wanted, UInt64(restarts), UInt64(opener), isPuppet ? 1 : 0, UInt64(lastFinal)] + open
    if universe.setup.restarts > 0 || universe.setup.isStorageSlow { words += disk.form(in: universe) }
    let bytes = words.flatMap { word in (UInt64(0)..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
    return bytes + form.bytes(of: consensus)
  }
}

/// One thing that can happen to a member.
enum Step: Hashable {
  case timeOut
  case built
  case judged(isValid: Bool)
  /// The oldest record that waits becomes durable, and the member is told.
  case stored
  /// A crash and a new start, all statuses heard; what waited for storage is lost or, unknown to anyone, durable.
  case restart(keepingWhatWaits: Bool)
  case proposal(Int)
  /// A block that was asked for.
  case block(Int)
  case certificate(Int)
  /// As many single votes as make the certificate.
  case votes(Int)
  /// A vote of its own comes back.
  case echo(Int)

  /// Steps that need nobody else, by number.
  static let own: [Step] = [
    .timeOut, .built, .judged(isValid: true), .judged(isValid: false), .stored, .restart(keepingWhatWaits: false),
    .restart(keepingWhatWaits: true),
  ]
}

/// The numbers of steps, dense, so that what follows from a state is a row of a table.
struct StepNumbers {
  let blocks: Int
  let statements: Int

  init(_ universe: Universe) { (blocks, statements) = (universe.blocks.count, universe.statements.count) }

  var count: Int { Step.own.count + 2 * blocks + 3 * statements }

  var firstProposal: Int { Step.own.count }
  var firstBlock: Int { Step.own.count + blocks }
  var firstCertificate: Int { Step.own.count + 2 * blocks }
  var firstVotes: Int { firstCertificate + statements }
  var firstEcho: Int { firstVotes + statements }

  func step(_ number: Int) -> Step {
    if number < firstProposal { return Step.own[number] }
    if number < firstBlock { return .proposal(number - firstProposal) }
    if number < firstCertificate { return .block(number - firstBlock) }
    if number < firstVotes { return .certificate(number - firstCertificate) }
    if number < firstEcho { return .votes(number - firstVotes) }
    return .echo(number - firstEcho)
  }
}
