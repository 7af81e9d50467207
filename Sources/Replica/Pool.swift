import Cryptography
import Ledger
import Membership
import Trade

/// Verified transactions that wait for a block.
///
/// Each member's own statements have a share of their own, charged to the signer whoever relayed them; there is no
/// shared remainder, so nobody fills the share of another. Leaders take from the members in turn.
struct Pool: Sendable {
  /// A transaction that was dropped because no block can take it any more.
  struct Expired: Hashable {
    let identity: Digest
    let isStored: Bool
  }

  /// What became of a removal.
  enum Removal: Hashable {
    case absent
    case removed
    /// Removed, and the journal is to be told.
    case stored
  }

  /// Why a transaction was not taken.
  enum Rejection: Error, Hashable {
    /// It is here already.
    case known
    /// The signer's share is full: try again later.
    case full
    /// The signer is not on the roster.
    case stranger
  }

  private struct Share: Sendable {
    // In order of arrival from `first` on; a dropped transaction leaves its identity behind until it is passed.
    var queue: [Digest] = []
    var first = 0
    var count = 0
    var bytes = 0

    mutating func compact(keeping known: [Digest: VerifiedTransaction]) {
      while first < queue.count, known[queue[first]] == nil { first += 1 }
      if queue.count >= 2 * count + 64 {
        queue = queue[first...].filter { known[$0] != nil }
        first = 0
      }
    }
  }

  private var shares: [Share]
  private var known: [Digest: VerifiedTransaction] = [:]
  /// Those of them that are in the journal.
  private var stored: Set<Digest> = []
  private let roster: Roster

  init(roster: Roster) {
    self.roster = roster
    shares = Array(repeating: Share(), count: roster.members.count)
  }

  /// The pool on another roster: what its signer's key of before does not cover any more is left out, and answered, by
  /// signer and arrival.
  func moved(
    to next: Roster, keeping isWanted: (VerifiedTransaction) -> Bool
  ) -> (pool: Pool, gone: [Expired]) {
    var (pool, gone) = (Pool(roster: next), [Expired]())
    for share in shares {
      for transaction in share.queue[share.first...].compactMap({ known[$0] }) {
        let (signer, role) = (transaction.signer, transaction.content.statementType.role)
        let isCovered = next[signer]?.key(role) == roster[signer]?.key(role)
        if isCovered, isWanted(transaction), (try? pool.add(transaction)) != nil { continue }
        gone.append(Expired(identity: transaction.identity, isStored: stored.contains(transaction.identity)))
      }
    }
    pool.stored = stored.filter { pool.known[$0] != nil }
    return (pool, gone)
  }

  var count: Int { known.count }

  var isEmpty: Bool { known.isEmpty }

  /// How many wait in the fullest share.
  var largestShare: Int { shares.map(\.count).max() ?? 0 }

  subscript(identity: Digest) -> VerifiedTransaction? { known[identity] }

  /// Takes a transaction into its signer's share.
  mutating func add(_ transaction: VerifiedTransaction) throws(Rejection) {
    guard known[transaction.identity] == nil else { throw .known }
    guard let place = roster.index(of: transaction.signer) else { throw .stranger }
    let share = shares[place]
    guard share.count < ReplicaLimits.poolTransactions,
      share.bytes + transaction.byteCount <= ReplicaLimits.poolBytes
    else { throw .full }
    known[transaction.identity] = transaction
    shares[place].queue.append(transaction.identity)
    shares[place].count += 1
    shares[place].bytes += transaction.byteCount
  }

  /// Drops a transaction.
  @discardableResult
  mutating func remove(_ identity: Digest) -> Removal {
    guard let transaction = known.removeValue(forKey: identity), let place = roster.index(of: transaction.signer) else {
      return .absent
    }
    shares[place].count -= 1
    shares[place].bytes -= transaction.byteCount
    shares[place].compact(keeping: known)
    return stored.remove(identity) == nil ? .removed : .stored
  }

  /// Drops what no block after that time can include, and answers it, by signer and arrival.
  mutating func expire(before time: Instant) -> [Expired] {
    let gone = shares.flatMap { share in
      share.queue[share.first...].filter { known[$0].map { $0.content.notAfter < time } ?? false }
    }
    return gone.map { Expired(identity: $0, isStored: remove($0) == .stored) }
  }

  /// The writes that put these transactions into the journal's pool, if they are not there yet.
  mutating func storing(_ transactions: [VerifiedTransaction]) -> [JournalWrite] {
    let fresh = transactions.filter { known[$0.identity] != nil && stored.insert($0.identity).inserted }
    return fresh.isEmpty ? [] : [.transactions(fresh), .poolAdded(fresh.map(\.identity))]
  }

  /// The first transaction, by turn of the members and then arrival, for which `isWanted` holds.
  func first(where isWanted: (VerifiedTransaction) -> Bool) -> VerifiedTransaction? {
    for share in shares {
      for identity in share.queue[share.first...] {
        if let transaction = known[identity], isWanted(transaction) { return transaction }
      }
    }
    return nil
  }

  /// Transactions for which `isWanted` holds, from the members in turn beginning with one of them, oldest first within
  /// a member, as many as fit into the budgets. What is too large for the rest of the budget ends its member's turn.
  func take(
    startingAt turn: Int, bytes budget: Int, count limit: Int, where isWanted: (VerifiedTransaction) -> Bool
  ) -> [VerifiedTransaction] {
    let members = shares.count
    var cursors = shares.map(\.first)
    var (taken, left): ([VerifiedTransaction], Int) = ([], budget)
    var open = (0..<members).map { (turn % members + $0) % members }
    while !open.isEmpty, taken.count < limit {
      open = open.filter { place in
        guard taken.count < limit, let next = advance(&cursors[place], in: shares[place], isWanted) else {
          return false
        }
        let cost = Block.cost(of: next)
        guard cost <= left else { return false }
        left -= cost
        taken.append(next)
        return true
      }
    }
    return taken
  }

  private func advance(
    _ cursor: inout Int, in share: Share, _ isWanted: (VerifiedTransaction) -> Bool
  ) -> VerifiedTransaction? {
    while cursor < share.queue.count {
      defer { cursor += 1 }
      if let transaction = known[share.queue[cursor]], isWanted(transaction) { return transaction }
    }
    return nil
  }
}
