/// Looks at a state of the whole world, as bits, and knows nothing of the code that led there: parents, quorums and pairs are its own.
///
/// A vote that was shown is the world's for ever. The traitor can always add its own, so that a certificate can be made as soon as two
/// of the three others have shown a vote: `q − 1` of them.
struct Judges {
  private let wanted: Set<Judge>
  private let views: Int
  /// By block, the set of the block and all its ancestors.
  private let lines: [UInt64]
  /// Pairs of votes that contradict each other, as bits.
  private let pairs: [UInt64]
  /// By view, every statement about it.
  private let about: [UInt64]
  /// By block above the opening one: its `notarize`; its parent's and the nullifications between, of which all must be possible; and for
  /// the first block of an epoch the finalisations that make the closing block final, of which one must be.
  private let grounds: [(vote: UInt64, needs: UInt64, oneOf: UInt64)]
  private let universe: Universe

  init(_ universe: Universe) {
    self.universe = universe
    (wanted, views) = (universe.setup.judges, universe.setup.views)
    var lines: [UInt64] = []
    for block in universe.blocks {
      lines.append((block.number == 0 ? 0 : lines[block.parent]) | 1 << UInt64(block.number))
    }
    self.lines = lines
    about = (0...views).map { view in
      universe.statements.reduce(0) { $1.view == view ? $0 | 1 << UInt64($1.number) : $0 }
    }
    pairs = Self.contradictions(universe)
    grounds = universe.blocks.dropFirst().map { block in
      let parent = universe.blocks[block.parent]
      var needs: UInt64 = block.parent == 0 ? 0 : 1 << UInt64(2 * (block.parent - 1))
      for statement in universe.statements
      where statement.kind == .nullify && statement.opener == block.opener && statement.view > parent.view
        && statement.view < block.view
      {
        needs |= 1 << UInt64(statement.number)
      }
      let oneOf =
        block.parent == 0 || parent.opener == block.opener ? 0 : Self.finalisations(of: parent, lines, universe)
      return (1 << UInt64(2 * (block.number - 1)), needs, oneOf)
    }
  }

  /// The closing block's own `finalize`, and those of the tail blocks above it.
  private static func finalisations(of closing: Universe.Block, _ lines: [UInt64], _ universe: Universe) -> UInt64 {
    universe.blocks.dropFirst().reduce(0) { set, block in
      let isAbove = block.opener == closing.opener && lines[block.number] >> UInt64(closing.number) & 1 == 1
      return isAbove ? set | 1 << UInt64(2 * (block.number - 1) + 1) : set
    }
  }

  private static func contradictions(_ universe: Universe) -> [UInt64] {
    var pairs: [UInt64] = []
    for first in universe.statements {
      for second in universe.statements
      where second.number > first.number && second.view == first.view && second.opener == first.opener {
        let kinds = Set([first.kind, second.kind])
        let isContradiction =
          kinds == [.nullify, .finalize]
          || (!kinds.contains(.nullify) && first.block != second.block)
        if isContradiction { pairs.append(1 << UInt64(first.number) | 1 << UInt64(second.number)) }
      }
    }
    return pairs
  }

  /// What an honest member shows, whatever the others do.
  func complaint(shown: UInt64) -> Complaint? {
    guard wanted.contains(.contradiction), let pair = pairs.first(where: { shown & $0 == $0 }) else { return nil }
    return Complaint(judge: .contradiction, reason: "one member shows \(names(pair))")
  }

  private func names(_ pair: UInt64) -> String { Bits(pair).map { universe.name($0) }.joined(separator: " and ") }

  /// What several members hold, and what they can have got there by. `certifiable` has the statements of which a certificate can exist.
  func complaint(finals: UInt64, shown: UInt64, certifiable: UInt64, highestView: Int) -> Complaint? {
    if let complaint = agreement(finals) { return complaint }
    if wanted.contains(.certificates), let pair = pairs.first(where: { certifiable & $0 == $0 }) {
      return Complaint(judge: .certificates, reason: "there can be certificates of \(names(pair))")
    }
    if wanted.contains(.entry), highestView > 1 {
      var view = views
      while view > 0, certifiable & about[view] == 0 { view -= 1 }
      if highestView > view + 1 {
        return Complaint(
          judge: .entry, reason: "a member is in view \(highestView), but no certificate leads beyond \(view + 1)")
      }
    }
    guard wanted.contains(.grounds) else { return nil }
    for (number, entry) in grounds.enumerated()
    where shown & entry.vote != 0
      && (certifiable & entry.needs != entry.needs || (entry.oneOf != 0 && certifiable & entry.oneOf == 0))
    {
      return Complaint(
        judge: .grounds, reason: "notarize of \(universe.name(block: number + 1)), whose grounds nobody can show")
    }
    return nil
  }

  /// All final blocks, of whomever, lie on one line.
  private func agreement(_ finals: UInt64) -> Complaint? {
    guard wanted.contains(.agreement), finals != 0 else { return nil }
    let last = UInt64.bitWidth - 1 - finals.leadingZeroBitCount
    guard finals & ~lines[last] != 0 else { return nil }
    let stray = UInt64.bitWidth - 1 - (finals & ~lines[last]).leadingZeroBitCount
    return Complaint(
      judge: .agreement, reason: "\(universe.name(block: last)) and \(universe.name(block: stray)) are both final")
  }
}
