// Albanian: the words of an entry on paper.
export default {
  "proof.title": "Hyrje me letër",
  "proof.ask": "Çfarë tregon udhëtari për një hyrje në ditë me letër. Dita në të vlen si dita e hyrjes, dhe të dyja qëndrojnë në regjistrim. Vlen vetëm për këtë udhëtar.",
  "proof.kind": "Çfarë tregohet",
  "proof.entered": "Dita në të (VVVV-MM-DD)",
  "proof.act": "Merre me leximin",
  "proof.days": "Ditët me letër të këtij qëndrimi: {from} deri {until}.",
  "proof.none": "Pa ditë shënohet, por nuk numëron asnjë ditë.",
  "proof.counts": "{day} vlen si dita e hyrjes.",
  "proof.beside": "{day} nuk është nga ditët me letër të këtij qëndrimi, {from} deri {until}. Lexojeni përsëri.",
  "error.proof-date": "Shkruani datën si vit-muaj-ditë: 2026-09-12.",
  "error.proof-impossible": "Nuk ka ditë të tillë. Lexojeni përsëri.",
  "error.proof-future": "Ajo ditë ende s'ka ardhur. Lexojeni përsëri.",
};
