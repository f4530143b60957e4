"""Numbers of somebody's in a public text: what stops it, and the many numbers that must not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.domain.leaks import Leak, LeakKind, find

PHONE, ACCOUNT, CARD = LeakKind.PHONE, LeakKind.ACCOUNT, LeakKind.CARD

STOPS = [
    ("Appelez-moi au 06 12 34 56 78 !", PHONE, "06 12 34 56 78"),
    ("Mon numéro : 0612345678.", PHONE, "0612345678"),
    ("06.12.34.56.78", PHONE, "06.12.34.56.78"),
    ("06-12-34-56-78 merci", PHONE, "06-12-34-56-78"),
    ("Joignable au 01\u00a044\u00a055\u00a066\u00a077", PHONE, "01\u00a044\u00a055\u00a066\u00a077"),
    ("Le 12/05 06 12 34 56 78 24h/24", PHONE, "06 12 34 56 78"),
    ("le 15/01/2027 au 06 12 34 56 78", PHONE, "06 12 34 56 78"),
    ("+33 6 12 34 56 78", PHONE, "+33 6 12 34 56 78"),
    ("+33612345678", PHONE, "+33612345678"),
    ("+33 (0)6 12 34 56 78", PHONE, "+33 (0)6 12 34 56 78"),
    ("+33 06 12 34 56 78", PHONE, "+33 06 12 34 56 78"),
    ("0033 6 12 34 56 78", PHONE, "0033 6 12 34 56 78"),
    ("+33 612 345 678", PHONE, "+33 612 345 678"),
    ("0612 345 678", PHONE, "0612 345 678"),
    ("au 0 800 123 456 (gratuit)", PHONE, "0 800 123 456"),
    ("Call me on 07700 900123", PHONE, "07700 900123"),
    ("020 7946 0958 is my number", PHONE, "020 7946 0958"),
    ("+44 20 7946 0958", PHONE, "+44 20 7946 0958"),
    ("(415) 555-2671", PHONE, "(415) 555-2671"),
    ("415-555-2671", PHONE, "415-555-2671"),
    ("+1 415 555 2671", PHONE, "+1 415 555 2671"),
    ("my phone is 4155552671", PHONE, "4155552671"),
    ("Llámame al 612 345 678", PHONE, "612 345 678"),
    ("mi móvil: 612 34 56 78", PHONE, "612 34 56 78"),
    ("612345678", PHONE, "612345678"),
    ("teléfono 91 123 45 67", PHONE, "91 123 45 67"),
    ("+34 612 345 678", PHONE, "+34 612 345 678"),
    ("+39 06 6982 1234", PHONE, "+39 06 6982 1234"),
    ("+225 07 07 12 34 56", PHONE, "+225 07 07 12 34 56"),
    ("+212 6 12 34 56 78", PHONE, "+212 6 12 34 56 78"),
    ("Tél : 71 123 456", PHONE, "71 123 456"),
    ("اتصل بي على ٠٥٠١٢٣٤٥٦٧", PHONE, "٠٥٠١٢٣٤٥٦٧"),
    ("au n° 06 12 34 56 78", PHONE, "06 12 34 56 78"),
    ("votre dossier\n06 12 34 56 78", PHONE, "06 12 34 56 78"),
    ("dossier suivi : appelez le 06 12 34 56 78", PHONE, "06 12 34 56 78"),
    ("رقم الجوال ۰۶۱۲۳۴۵۶۷۸", PHONE, "۰۶۱۲۳۴۵۶۷۸"),
    ("+٣٣ ٦ ١٢ ٣٤ ٥٦ ٧٨", PHONE, "+٣٣ ٦ ١٢ ٣٤ ٥٦ ٧٨"),
    ("０６１２３４５６７８", PHONE, "０６１２３４５６７８"),
    ("FR76 3000 6000 0112 3456 7890 189", ACCOUNT, "FR76 3000 6000 0112 3456 7890 189"),
    ("IBAN : fr7630006000011234567890189 merci", ACCOUNT, "fr7630006000011234567890189"),
    ("DE89 3704 0044 0532 0130 00.", ACCOUNT, "DE89 3704 0044 0532 0130 00"),
    ("es91 2100 0418 4502 0005 1332", ACCOUNT, "es91 2100 0418 4502 0005 1332"),
    ("GB82-WEST-1234-5698-7654-32", ACCOUNT, "GB82-WEST-1234-5698-7654-32"),
    ("30006 00001 12345678901 89", ACCOUNT, "30006 00001 12345678901 89"),
    ("votre compte client n° 00123456", ACCOUNT, "00123456"),
    ("account number 12345678", ACCOUNT, "12345678"),
    ("cuenta bancaria: 2100 0418 45", ACCOUNT, "2100 0418 45"),
    ("4111 1111 1111 1111", CARD, "4111 1111 1111 1111"),
    ("carte 5500-0000-0000-0004 expirée", CARD, "5500-0000-0000-0004"),
    ("3782 822463 10005", CARD, "3782 822463 10005"),
    ("ma carte 4111111111111111", CARD, "4111111111111111"),
    ("٤١١١ ١١١١ ١١١١ ١١١١", CARD, "٤١١١ ١١١١ ١١١١ ١١١١"),
]  # fmt: skip

PASSES = [
    "",
    "Bonjour, nous regardons.",
    "C'est 1 234 567 €",
    "€ 1.234.567,89",
    "1 234 567,89 euros",
    "19,99 € par mois",
    "un écran de 65 pouces à 1 299 €",
    "$1,234,567.89",
    "le 15/01/2027",
    "avant le 15.01.2027 à 18:30",
    "2027-01-15T18:30:00",
    "2027-01-15 18:30",
    "appelez avant le 15/01/2027",
    "du 01/02/2027 au 28/02/2027",
    "01-02-2027 10",
    "de 9h00 à 18h30, 7j/7",
    "Lun–ven 08:00–20:00, sam 09:00–18:00",
    "0900-1800",
    "Appelez le 3900",
    "au 118 218",
    "Composez le 36 34",
    "call 112",
    "dites STOP au 36 179",
    "votre ticket 0612345678",
    "Ticket #20270115123456",
    "commande n° 0612345678",
    "commande 612345678",
    "order 702-1234567-1234567",
    "Order number: 612345678",
    "dossier REF-0612345678",
    "réf. 0612345678",
    "CMD0612345678",
    "Réf : 06 12 34 56 78",
    "Numéro de dossier : 01 23 45 67 89",
    "ISBN 978-2-07-036822-8",
    "les 01/02 03/04 05/06",
    "du 01.02.2027-05.02.2027",
    "contactez le support avant le 12 03 2027",
    "A-0612345678",
    "pedido nº 612345678",
    "numéro de suivi colis 6A12345678901",
    "1Z999AA10123456784",
    "SIREN 612345678",
    "SIRET 612 345 678 00012",
    "IMEI 490154203237518",
    "#0612345678",
    "#aurelia2027 #20270115",
    "@user0612345678",
    "https://aurelia.example/t/0612345678?id=4111111111111111",
    "www.aurelia.example/0612345678",
    "claire.0612345678@aurelia.example",
    "depuis 1987, en 2026 et en 2027",
    "2025 2026 2027",
    "+20 000 000 d'abonnés",
    "+100 000 000 de vues",
    "+1 000 000",
    "+ 12 %",
    "654 000 000 vues",
    "12 345 678 clients",
    "1 000 000 000 d'octets",
    "version 10.12.2027.1",
    "192.168.100.200",
    "3,14159265358979",
    "0.1234567890",
    "75008 Paris, 69002 Lyon",
    "48.8566, 2.3522",
    "1-2-3-4-5-6-7",
    "4 5 6",
    "1234 5678 9012 3456",
    "0000 0000 0000 0000",
    "FR76 3000 6000 0112 3456 7890 188",
    "AB12 ceci est un texte sans compte",
    "en 24 48 heures",
    "votre code est 123456",
    "code 4821",
    "température 23,5 °C à 10 h 30",
    "votre forfait 100 Go à 5 000 Mbit/s",
    "طلب رقم ٠٦١٢٣٤٥٦٧٨",
    "السعر ١٢٣٤٥٦٧ €",
    "٢٠٢٧/٠١/١٥",
    "de 2 000 000 000 à 3 000 000 000",
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "number"), STOPS)
def test_what_belongs_to_somebody_is_found_where_it_stands(text: str, kind: LeakKind, number: str) -> None:
    assert [(leak.kind, text[leak.start : leak.end]) for leak in find(text)] == [(kind, number)]


@pytest.mark.parametrize("text", PASSES)
def test_what_is_said_all_day_passes(text: str) -> None:
    assert [(leak.kind, text[leak.start : leak.end]) for leak in find(text)] == []


def test_several_are_told_in_order() -> None:
    text = "06 12 34 56 78, carte 4111 1111 1111 1111, FR7630006000011234567890189"
    assert [leak.kind for leak in find(text)] == [PHONE, CARD, ACCOUNT]


def test_our_own_public_numbers_pass_however_they_are_written() -> None:
    ours = ("+33 9 69 39 00 00", "0800123456")
    for written in ("09 69 39 00 00", "+33969390000", "0033 9.69.39.00.00", "0 800 123 456", "٠٩٦٩٣٩٠٠٠٠"):
        assert find(f"Appelez le {written}", ours) == []
    assert len(find("Appelez le 09 69 39 00 01", ours)) == 1


@pytest.mark.parametrize(
    "text", ["12", "1 2 ", "06 ", "FR12 ", "appel 123 ", "1.", "@a1", "a.", "1 234 ", "06 12 34 56 78 "]
)
def test_a_text_of_any_length_is_looked_through(text: str) -> None:
    assert len(find(text * (60_000 // len(text)))) <= 50


@given(st.text(alphabet=st.sampled_from("0123456789 +-./()#€FR67@٣０\n\u00a0aé")) | st.text(), st.lists(st.text()))
def test_whatever_is_written_nothing_breaks_and_offsets_are_true(text: str, public: list[str]) -> None:
    found = find(text, public)
    end = 0
    for leak in found:
        assert isinstance(leak, Leak)
        assert end <= leak.start < leak.end <= len(text)
        assert any(c.isdecimal() for c in text[leak.start : leak.end])
        end = leak.end
