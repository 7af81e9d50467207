import CBOR
import Membership
import Trade

/// The policy votes on one item: two chambers that agree separately. They have nothing to do with the weight of a validator,
/// which is one each.
package struct ItemVotes: Hashable, Sendable, CBORCodable {
  package let item: ItemID
  package let producer: VoteRoll
  package let consumer: VoteRoll

  package init(item: ItemID, producer: VoteRoll, consumer: VoteRoll) {
    (self.item, self.producer, self.consumer) = (item, producer, consumer)
  }

  /// Whoever has votes on the item in either chamber, ascending.
  package var members: [MemberID] {
    let all = (producer.entries + consumer.entries).map(\.member).sorted()
    return all.enumerated().filter { $0.offset == 0 || all[$0.offset - 1] != $0.element }.map(\.element)
  }

  /// A member's weight in the aggregation: its votes in both chambers.
  package func weight(of member: MemberID) -> Int64 {
    // Each is at most its roll's total, which a genesis bounds far below an overflow; beyond that the weight saturates.
    let (sum, overflow) = producer.votes(of: member).addingReportingOverflow(consumer.votes(of: member))
    return overflow ? .max : sum
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.value(item)
    writer.value(producer)
    writer.value(consumer)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    item = try reader.value()
    producer = try reader.value()
    consumer = try reader.value()
    reader.leave()
  }
}
