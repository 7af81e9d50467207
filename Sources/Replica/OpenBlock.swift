import Consensus
import Cryptography
import Ledger
import Membership
import Trade

/// A block above the last final one, as far as this member has it.
///
/// It is known by its outline; then its bodies are gathered; then, once its parent is executed, it is executed itself.
/// It leaves when it or a competitor becomes final.
struct OpenBlock: Sendable {
  let outline: BlockOutline
  /// By place in the block; nil where a body is missing.
  private(set) var bodies: [VerifiedTransaction?]
  private(set) var missing: Int
  /// What executing it gave, once that was done.
  var execution: Execution?
  /// Why it is no valid block; nothing is built on it.
  var fault: String?
  /// When a live proposal of it first arrived; nil for one that was fetched.
  var arrived: Instant?
  /// Whom to ask first for what is missing.
  var source: MemberID?
  /// Agreement waits for a verdict.
  var isJudged = false
  /// It must be executed, because agreement judges it, or because a quorum notarised it or a descendant.
  var isWanted = false
  /// A quorum notarised it.
  var isNotarised = false
  /// Its missing bodies were asked for.
  var isAsked = false
  /// It is in the journal, or on the way there.
  var isStored = false

  init(outline: BlockOutline) {
    self.outline = outline
    bodies = Array(repeating: nil, count: outline.transactions.count)
    missing = bodies.count
  }

  init(_ block: Block) {
    outline = block.outline
    bodies = block.transactions
    missing = 0
  }

  var header: BlockHeader { outline.header }

  /// The identities of the missing bodies, in the block's order.
  var missingIdentities: [Digest] { zip(outline.transactions, bodies).filter { $0.1 == nil }.map(\.0) }

  /// Takes what it lacks from where bodies may be.
  mutating func fill(_ body: (Digest) -> VerifiedTransaction?) {
    guard missing > 0 else { return }
    for (place, identity) in outline.transactions.enumerated() where bodies[place] == nil {
      guard let found = body(identity) else { continue }
      bodies[place] = found
      missing -= 1
    }
  }

  /// The whole block; nil while a body is missing.
  var block: Block? {
    guard missing == 0 else { return nil }
    return Block(outline: outline, transactions: bodies.compactMap { $0 })
  }

  /// Those of the identities whose bodies are here, in the block's order.
  func bodies(among wanted: Set<Digest>) -> [VerifiedTransaction] {
    bodies.compactMap { body in
      guard let body, wanted.contains(body.identity) else { return nil }
      return body
    }
  }
}
