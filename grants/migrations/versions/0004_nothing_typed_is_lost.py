"""nothing typed is lost, two people sign

Lines of a draft's tables that cannot be read are kept as they were typed; an application that was opened again and not sent in
time can be opened again once more, so one sending may have several openings. An offer to a large ask is signed by two people.
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.add_column(sa.Column('unread', sa.JSON(), server_default='{}', nullable=False))

    with op.batch_alter_table('award', schema=None) as batch_op:
        batch_op.add_column(sa.Column('first_signed_at', sa.DateTime(), nullable=True))
        batch_op.add_column(
            sa.Column('first_signed_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True)
        )
        batch_op.add_column(sa.Column('first_signed_as', sa.String(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f('fk_award_first_signed_by_id'), 'person', ['first_signed_by_id'], ['id']
        )

    with op.batch_alter_table('application_reopening', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_application_reopening_application_id_number'), type_='unique')
        batch_op.create_index(batch_op.f('ix_application_reopening_application_id'), ['application_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('application_reopening', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_application_reopening_application_id'))
        batch_op.create_unique_constraint(
            batch_op.f('uq_application_reopening_application_id_number'), ['application_id', 'number']
        )

    with op.batch_alter_table('award', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_award_first_signed_by_id'), type_='foreignkey')
        batch_op.drop_column('first_signed_as')
        batch_op.drop_column('first_signed_by_id')
        batch_op.drop_column('first_signed_at')

    with op.batch_alter_table('application', schema=None) as batch_op:
        batch_op.drop_column('unread')
