import Cryptography
import Membership

/// The votes of one member in one view: the first of each kind (R8), as signatures, since all else is known.
struct Ballot: Hashable, Sendable {
  struct Mark: Hashable, Sendable {
    let block: Digest
    let signature: [UInt8]
  }

  var notarize: Mark?
  var nullify: [UInt8]?
  var finalize: Mark?

  var isEmpty: Bool { notarize == nil && nullify == nil && finalize == nil }

  /// The signature under exactly that subject, if the member gave one.
  func signature(of subject: VoteSubject) -> [UInt8]? {
    switch subject.kind {
    case .notarize: notarize?.block == subject.block ? notarize?.signature : nil
    case .nullify: nullify
    case .finalize: finalize?.block == subject.block ? finalize?.signature : nil
    }
  }

  func holds(_ kind: VoteKind) -> Bool {
    switch kind {
    case .notarize: notarize != nil
    case .nullify: nullify != nil
    case .finalize: finalize != nil
    }
  }

  mutating func set(_ subject: VoteSubject, signature: [UInt8]) {
    switch (subject.kind, subject.block) {
    case (.notarize, let block?): notarize = Mark(block: block, signature: signature)
    case (.finalize, let block?): finalize = Mark(block: block, signature: signature)
    case (.nullify, _): nullify = signature
    case (.notarize, nil), (.finalize, nil): break  // No such subject can be made.
    }
  }

  /// What the member said in that view.
  func subjects(in view: View, of context: EpochContext) -> [VoteSubject] {
    var subjects: [VoteSubject] = []
    if let notarize { subjects.append(.notarize(notarize.block, in: view, of: context)) }
    if nullify != nil { subjects.append(.nullify(view, of: context)) }
    if let finalize { subjects.append(.finalize(finalize.block, in: view, of: context)) }
    return subjects
  }
}

/// What a member has chosen to sign in a view (R12): set before the signature exists, and never taken back.
struct Choice: Hashable, Sendable {
  var notarize: Digest?
  var nullify = false
  var finalize: Digest?

  mutating func set(_ subject: VoteSubject) {
    switch subject.kind {
    case .notarize: notarize = subject.block
    case .nullify: nullify = true
    case .finalize: finalize = subject.block
    }
  }
}

/// One view above the last final one, as a member sees it.
struct Round: Hashable, Sendable {
  /// What came of the view's first proposal. Goes from left to right only.
  enum Judgement: Hashable, Sendable {
    case open
    /// The driver was asked.
    case asked
    case valid
    case invalid
  }

  struct Tally: Hashable, Sendable {
    let block: Digest
    var notarize = 0
    var finalize = 0
  }

  let view: View
  /// By validator; empty until the first vote.
  private(set) var ballots: [Ballot] = []
  private(set) var tallies: [Tally] = []
  private(set) var nullifies = 0
  /// How many members voted at all.
  private(set) var voters = 0
  /// The validators exposed in this view, in the order of their exposure.
  var exposed: [Int] = []
  var notarisation: VerifiedCertificate?
  var nullification: VerifiedCertificate?
  /// The links known of this view's blocks: the first proposal's, and those of certified blocks.
  var links: [BlockLink] = []
  var proposal: Proposal?
  var judgement = Judgement.open
  var choice = Choice()
  /// The leader asked for its block.
  var isBuilding = false
  /// The leader has waited long enough for its parent's finalisation (R19).
  var isLullOver = false
  var isTimedOut = false
  /// The certificates missing before this view were asked for.
  var hasAsked = false

  init(view: View) { self.view = view }

  func ballot(of index: Int) -> Ballot? { index < ballots.count ? ballots[index] : nil }

  func link(of block: Digest) -> BlockLink? { links.first { $0.digest == block } }

  /// The certificates held, the notarisation first.
  var certificates: [VerifiedCertificate] { [notarisation, nullification].compactMap { $0 } }

  /// Records a vote that contradicts nothing and is the member's first of its kind; answers how many now say the same.
  mutating func record(_ subject: VoteSubject, signature: [UInt8], by index: Int, of members: Int) -> Int {
    if ballots.isEmpty { ballots = [Ballot](repeating: Ballot(), count: members) }
    guard index < ballots.count else { return 0 }
    if ballots[index].isEmpty { voters += 1 }
    ballots[index].set(subject, signature: signature)
    guard let block = subject.block else {
      nullifies += 1
      return nullifies
    }
    let place = tallies.firstIndex { $0.block == block } ?? tallies.endIndex
    if place == tallies.endIndex { tallies.append(Tally(block: block)) }
    if subject.kind == .notarize {
      tallies[place].notarize += 1
      return tallies[place].notarize
    }
    tallies[place].finalize += 1
    return tallies[place].finalize
  }

  /// The signatures under one subject, ascending by validator, as many as make a quorum.
  func signatures(of subject: VoteSubject, quorum: Int) -> [CertificateSignature] {
    var signatures: [CertificateSignature] = []
    signatures.reserveCapacity(quorum)
    for (index, ballot) in ballots.enumerated() {
      guard let signature = ballot.signature(of: subject) else { continue }
      signatures.append(CertificateSignature(index: UInt16(truncatingIfNeeded: index), signature: signature))
      if signatures.count == quorum { break }
    }
    return signatures
  }
}

/// The views above the last final one of which anything is known, ascending.
struct Rounds: Hashable, Sendable {
  private(set) var list: [Round] = []

  subscript(at: Int) -> Round {
    _read { yield list[at] }
    _modify { yield &list[at] }
  }

  /// The place of a view's round, or nil if nothing is known of it.
  func place(of view: View) -> Int? {
    let at = firstPlace(from: view)
    return at < list.count && list[at].view == view ? at : nil
  }

  /// The first place whose view is at least `view`.
  func firstPlace(from view: View) -> Int {
    var (low, high) = (0, list.count)
    while low < high {
      let middle = (low + high) / 2
      if list[middle].view < view { low = middle + 1 } else { high = middle }
    }
    return low
  }

  subscript(view view: View) -> Round? { place(of: view).map { list[$0] } }

  /// The place of a view's round, made if needed.
  mutating func ensure(_ view: View) -> Int {
    let at = firstPlace(from: view)
    if at == list.count || list[at].view != view { list.insert(Round(view: view), at: at) }
    return at
  }

  func link(of block: Digest, in view: View) -> BlockLink? { place(of: view).flatMap { list[$0].link(of: block) } }

  mutating func dropThrough(_ view: View) {
    list.removeFirst(firstPlace(from: view) + (place(of: view) == nil ? 0 : 1))
  }
}
