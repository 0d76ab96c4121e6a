"""Made-up Korean receipts: store, day, articles, taxes, total and payment are found from their words."""

from __future__ import annotations

import pytest

from ocr.receipt import to_json_value
from tests.receipts.printed import receipt

RECEIPTS: dict[str, tuple[str, dict[str, str], tuple[str, ...]]] = {
    "a mart with exempt goods, paid in cash": (
        """
                 [영수증]
        한빛마트 성수점
        사업자번호 123-45-67891     대표: 김서연
        서울특별시 성동구 왕십리로 83, 1층
        전화: 02-1234-5678
        2021-12-29 14:16:37       POS:03
        ----------------------------------------
        상품명         단가   수량      금액
        ----------------------------------------
        001 *콩나물
             1,200      2      2,400
        002 신라면 5입
             4,100      1      4,100
        003 종량제봉투 20L
               490      1        490
        ----------------------------------------
        면세물품가액                2,400
        과세물품가액                4,173
        부가세                      417
        합   계                   6,990
        받은돈                   10,000
        거스름돈                  3,010
        현금영수증(소득공제)
        식별번호 : 010****1234
        승인번호 : 123456789
        """,
        {"total": "6990", "tax": "417", "date": "2021-12-29", "time": "14:16:37", "currency": "KRW", "paid": "10000",
         "change": "3010", "merchant.name": "한빛마트 성수점", "merchant.tax_id": "123-45-67891"},
        ("2400", "4100", "490"),
    ),
    "a café, paid by card": (
        """
        커피나무 판교역점
        사업자등록번호 : 214-88-12340
        경기도 성남시 분당구 판교역로 152
        TEL : 031-555-0123
        영수증번호 : 20230511-0042
        2023년 05월 11일 08:47
        메뉴            단가   수량    금액
        ----------------------------------------
        아메리카노      4,500     2   9,000
        바닐라라떼      5,500     1   5,500
        소금빵          3,200     1   3,200
        ----------------------------------------
        공급가액                  16,091
        부가세                     1,609
        합계금액                  17,700
        신용카드                  17,700
        [신용카드 전표]
        카드종류 : 신한카드
        카드번호 : 1234-56**-****-7890
        할부개월 : 일시불
        승인번호 : 30412345
        승인금액 : 17,700원
        감사합니다
        """,
        {"total": "17700", "tax": "1609", "date": "2023-05-11", "time": "08:47:00", "currency": "KRW",
         "merchant.name": "커피나무 판교역점"},
        ("9000", "5500", "3200"),
    ),
    "a restaurant with a service charge": (
        """
        할매국밥 서면점
        605-12-34562  박영희
        부산광역시 부산진구 중앙대로 692
        테이블: 12        2024.03.08(금) 19:22
        품명              수량        금액
        돼지국밥             2      19,000
        수육(소)             1      22,000
        소주                 2      10,000
        ----------------------------------------
        소계                        51,000
        봉사료                       5,100
        받을금액                    56,100
        카드결제                    56,100
        """,
        {"total": "56100", "date": "2024-03-08", "time": "19:22:00", "currency": "KRW", "service_charge": "5100",
         "subtotal": "51000", "merchant.name": "할매국밥 서면점"},
        ("19000", "22000", "10000"),
    ),
    "a discount and won signs": (
        """
        온누리약국
        대전광역시 서구 둔산로 51
        전화 042-555-0199
        판매일시: 22/07/01 10:05:59
        타이레놀 500mg            3,000
        밴드                      2,500
        할인금액                   -500
        총 결제금액             ₩5,000
        체크카드                ₩5,000
        """,
        {"total": "5000", "date": "2022-07-01", "time": "10:05:59", "currency": "KRW", "discount": "500",
         "merchant.name": "온누리약국"},
        ("3000", "2500"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RECEIPTS)
def test_fields(name: str) -> None:
    text, expected, items = RECEIPTS[name]
    found = receipt(text)
    fields = dict(found.all_fields())
    read = {path: str(to_json_value(fields[path].value)) if path in fields else None for path in expected}
    assert read == expected
    assert [str(item.amount.value) for item in found.items if item.amount] == list(items)
    assert found.check("total").status == "passed", found.check("total").message
