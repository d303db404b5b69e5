/* The block's settings and preview in the editor. Plain JavaScript, as WordPress loads it: there is no build step. */
( function ( { blocks, element, blockEditor, components, i18n } ) {
	const { createElement: make } = element;
	const { __, sprintf } = i18n;
	const { InspectorControls, useBlockProps } = blockEditor;
	const { PanelBody, SelectControl, TextControl, TextareaControl } = components;
	const assistants = window.candorAssistants || [];

	const choices = ( pairs ) => pairs.map( ( [ value, label ] ) => ( { value, label } ) );
	const usual = [ '', __( 'As in Candor’s settings', 'candor' ) ];

	/** Whether a block names an assistant that is not there: deleted, or of this plugin while a Candor server answers. */
	const isMissing = ( id ) => Boolean( id ) && ! assistants.some( ( other ) => other.id === id );

	/** What the chat will look like when it opens, drawn without loading it. */
	function Preview( { title, greeting, suggestions, mode, position, theme, assistant } ) {
		const chosen = assistants.find( ( { id } ) => id === ( assistant || 'main' ) ) || {};
		const offered = suggestions ? suggestions.split( '|' ).map( ( text ) => text.trim() ).filter( Boolean ) : chosen.suggestions || [];
		return make(
			'div',
			{ className: `candor-preview is-${ mode } is-${ position || 'right' } is-${ theme || 'auto' }` },
			isMissing( assistant ) &&
				make(
					'p',
					{},
					/* translators: %s: the name of an assistant */
					sprintf( __( 'The assistant “%s” is not there. A Candor server elsewhere has one assistant.', 'candor' ), assistant ),
				),
			make( 'div', { className: 'candor-preview__title' }, title || chosen.title || __( 'Chat', 'candor' ) ),
			make(
				'div',
				{ className: 'candor-preview__chat' },
				make( 'p', {}, greeting || chosen.greeting || '' ),
				offered.length > 0 && make( 'ul', {}, ...offered.map( ( text ) => make( 'li', { key: text }, text ) ) ),
			),
			make(
				'div',
				{ className: 'candor-preview__where' },
				mode === 'embedded'
					? __( 'The chat stands here, in the page’s text.', 'candor' )
					: __( 'The chat opens from a button in the corner of the page.', 'candor' ),
			),
		);
	}

	function Edit( { attributes, setAttributes } ) {
		const field = ( Control, name, label, more ) =>
			make( Control, {
				key: name,
				label,
				value: attributes[ name ],
				onChange: ( value ) => setAttributes( { [ name ]: value } ),
				__nextHasNoMarginBottom: true,
				...more,
			} );
		return make(
			'div',
			useBlockProps(),
			make(
				InspectorControls,
				{},
				make(
					PanelBody,
					{ title: __( 'Chat', 'candor' ) },
					( assistants.length > 1 || isMissing( attributes.assistant ) ) &&
						field( SelectControl, 'assistant', __( 'Assistant', 'candor' ), {
							options: choices( [
								...assistants.map( ( { id, name } ) => [ id === 'main' ? '' : id, name ] ),
								...( isMissing( attributes.assistant ) ? [ [ attributes.assistant, attributes.assistant ] ] : [] ),
							] ),
						} ),
					field( TextControl, 'title', __( 'Title', 'candor' ) ),
					field( TextareaControl, 'greeting', __( 'Greeting', 'candor' ) ),
					field( TextControl, 'suggestions', __( 'Suggestions', 'candor' ), {
						help: __( 'Messages to choose from, with | between them.', 'candor' ),
					} ),
				),
				make(
					PanelBody,
					{ title: __( 'Appearance', 'candor' ) },
					field( SelectControl, 'mode', __( 'Where it stands', 'candor' ), {
						options: choices( [
							[ 'floating', __( 'In the corner', 'candor' ) ],
							[ 'embedded', __( 'In the text', 'candor' ) ],
						] ),
					} ),
					attributes.mode !== 'embedded' &&
						field( SelectControl, 'position', __( 'Corner', 'candor' ), {
							options: choices( [ usual, [ 'right', __( 'Right', 'candor' ) ], [ 'left', __( 'Left', 'candor' ) ] ] ),
						} ),
					field( SelectControl, 'theme', __( 'Colours', 'candor' ), {
						options: choices( [
							usual,
							[ 'auto', __( 'As the visitor’s device', 'candor' ) ],
							[ 'light', __( 'Light', 'candor' ) ],
							[ 'dark', __( 'Dark', 'candor' ) ],
						] ),
					} ),
					field( SelectControl, 'diagnostics', __( 'What visitors see of an error', 'candor' ), {
						options: choices( [
							usual,
							[ 'full', __( 'Everything', 'candor' ) ],
							[ 'reference', __( 'A sentence and a reference', 'candor' ) ],
							[ 'off', __( 'A sentence', 'candor' ) ],
						] ),
						help: __( 'It may show less than Candor’s settings allow, and not more.', 'candor' ),
					} ),
				),
			),
			make( Preview, attributes ),
		);
	}

	// The page has what PHP makes of the settings: nothing is saved in its text.
	blocks.registerBlockType( 'candor/chat', { edit: Edit, save: () => null } );
} )( window.wp );
