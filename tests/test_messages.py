from ontology.messages import Message


def test_a_reader_of_japanese_gets_japanese_and_everyone_else_english() -> None:
    message = Message(ja="題名がない", en="No title")
    assert [message.in_(tag) for tag in ("ja", "ja-JP", "JA", "en", "fr")] == ["題名がない"] * 3 + ["No title"] * 2
